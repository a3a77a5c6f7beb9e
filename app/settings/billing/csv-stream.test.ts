import { describe, expect, it } from "vitest";
import { begun, csvStream } from "./csv-stream";

const toCells = (row: number) => [String(row)];

async function* batches(log: string[], failAt: number): AsyncGenerator<readonly number[]> {
  try {
    for (let batch = 0; batch < 3; batch += 1) {
      if (batch === failAt) throw new Error("the database went away");
      yield [batch];
    }
  } finally {
    log.push("ended");
  }
}

function open(failAt = Number.POSITIVE_INFINITY) {
  const log: string[] = [];
  const told: unknown[] = [];
  const file = begun(csvStream(["n"], batches(log, failAt), toCells), (error) => told.push(error));
  return { file, log, told };
}

describe("a CSV file", () => {
  it("is its header and all rows", async () => {
    const { file, told } = open();
    expect(await new Response(await file).text()).toBe("n\n0\n1\n2\n");
    expect(told).toEqual([]);
    const none = await begun(
      csvStream(["n"], (async function* (): AsyncGenerator<number[]> {})(), toCells),
      () => {},
    );
    expect(await new Response(none).text()).toBe("n\n");
  });

  it("that fails before its first row is no file at all: there is still time for another answer", async () => {
    const { file, told } = open(0);
    await expect(file).rejects.toThrow("the database went away");
    expect(told).toEqual([]);
  });

  it("that fails later ends as a failure, never as a file that looks whole, and is told once", async () => {
    const { file, log, told } = open(2);
    const reader = (await file).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect([await read(), await read()]).toEqual(["n\n0\n", "1\n"]);
    // The name for which the framework ends the connection without asking further.
    await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
    expect(told).toMatchObject([{ message: "the database went away" }]);
    expect(log).toEqual(["ended"]);
  });

  it("of a row that cannot be written reads no further either", async () => {
    const log: string[] = [];
    const csv = csvStream(["n"], batches(log, 9), (row) => {
      if (row === 1) throw new RangeError("Invalid time value");
      return [String(row)];
    });
    await expect(begun(csv, () => {}).then((file) => new Response(file).text())).rejects.toThrow();
    expect(log).toEqual(["ended"]);
  });

  it("whose reader goes asks for no more rows", async () => {
    const { file, log } = open();
    await (await file).cancel();
    expect(log).toEqual(["ended"]);
  });
});
