import { expect, it } from "vitest";
import { type Paid, returnedShare } from "./kept-paid";

const paid = (changes: Partial<Paid>): Paid => ({
  account_id: "a",
  source: "plan:si_1:2027-03-28T00:17:55.000Z:0:0",
  grant_id: "g",
  expires_at: "2027-04-28T00:17:55.000Z",
  credits: "42551020",
  revoked: "20407961",
  invoice_id: "in_2",
  charged_cents: "496304",
  returned_cents: "0",
  balance_notes_cents: "0",
  credited_cents: "0",
  returned_elsewhere_cents: "0",
  frozen: false,
  closed: null,
  ...changes,
});

it("lets nothing be taken of what was paid for while no money went back", () => {
  const one = paid({});
  expect(returnedShare(one, [one])).toBe(0n);
});

it("lets the share be taken of the money that went back", () => {
  const one = paid({ returned_cents: "248152" });
  expect(returnedShare(one, [one])).toBe(21275510n);
});

it("lets all be taken once the rest of the money went back and ended later months with what the balance got", () => {
  const one = paid({ returned_cents: "495304", balance_notes_cents: "1000" });
  expect(returnedShare(one, [one])).toBe(42551020n);
});

it("lets nothing be taken for what went to the balance alone", () => {
  const one = paid({ balance_notes_cents: "496304" });
  expect(returnedShare(one, [one])).toBe(0n);
});

it("lets what a credited invoice paid for be taken once its money went back, and no more than that", () => {
  const one = paid({ credited_cents: "496305", returned_elsewhere_cents: "499000" });
  expect(returnedShare(one, [one])).toBe(21275531n);
  const more = paid({ credited_cents: "496305", returned_elsewhere_cents: "499000", revoked: "21275532" });
  expect(returnedShare(more, [more])).toBe(0n);
});

it("counts nothing of others where its invoice credited none of them", () => {
  const one = paid({ returned_elsewhere_cents: "499000" });
  expect(returnedShare(one, [one])).toBe(0n);
});

it("lets what was paid for by a credit alone be taken, once that money went back", () => {
  // A year's rest, 297,952, paid for 47,767 of another price; the balance got what was left.
  const one = paid({
    charged_cents: "-250185",
    credited_cents: "297952",
    credits: "15316080",
    revoked: "15316080",
  });
  expect(returnedShare(one, [one])).toBe(0n);
  const back = { ...one, returned_elsewhere_cents: "299000" };
  expect(returnedShare(back, [back])).toBeGreaterThanOrEqual(15316080n);
});

it("lets what was sold anew for the rest of a year be taken, whatever else its invoice credited and sold again", () => {
  const one = paid({
    ...{ charged_cents: "354", credited_cents: "1028338", returned_elsewhere_cents: "894400" },
    ...{ credits: "16645000", revoked: "16284069" },
  });
  expect(returnedShare(one, [one])).toBe((16_645_000n * 894_400n) / 894_754n);
});
