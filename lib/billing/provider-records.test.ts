import { expect, it } from "vitest";
import { eachRecord, type MadeWithin, ProviderSilent } from "./provider-records";

const WITHIN: MadeWithin = { from: new Date(0), to: null };

/** A list of seven, two a page. */
const list = async (_within: MadeWithin, after: string | null) => {
  const first = after === null ? 0 : Number(after) + 1;
  const records = [0, 1, 2, 3, 4, 5, 6].slice(first, first + 2);
  const next = first + 2 < 7 ? String(first + 1) : null;
  return { kind: "answered", value: { records, next } } as const;
};

it("I10: a list of Stripe's is read to its last page, each record once", async () => {
  const read: number[] = [];
  for await (const record of eachRecord(list, WITHIN)) read.push(record);
  expect(read).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it("I10: a list of which a page was not answered is no shorter list", async () => {
  const silent = { kind: "unknown", reason: "timeout", serverSaidNo: false } as const;
  const read: number[] = [];
  const reading = async () => {
    for await (const record of eachRecord(async (within: MadeWithin, after) => {
      return after === "3" ? silent : list(within, after);
    }, WITHIN))
      read.push(record);
  };
  await expect(reading()).rejects.toThrow(ProviderSilent);
  expect(read).toEqual([0, 1, 2, 3]);
});
