import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import { Aliases } from "./alias";

const START = Date.parse("2027-01-31T10:00:00Z") / 1_000;
const aliases = (style: "counted" | "kept" = "counted") => new Aliases(START, style);

it("names ids by their kind in order of appearance, wherever they stand", () => {
  const all = aliases();
  expect(all.clean({ id: "cus_QXg1o8vlGmoR32", path: "/v1/customers/cus_QXg1o8vlGmoR32/tax_ids" })).toEqual({
    id: "cus_1",
    path: "/v1/customers/cus_1/tax_ids",
  });
  expect(all.clean(["pi_3MtwBwLkdIwHu7ix28a3tqPa", "cus_other00001", "cs_test_a1B2c3D4e5F6"])).toEqual([
    "pi_1",
    "cus_2",
    "cs_1",
  ]);
  expect(all.clean("sub_sched_1NYKbeLkdIwHu7ix, ord_0192f0c1a2b37c4d8e5f6a7b8c9d0e1f")).toBe(
    "sub_sched_1, ord_1",
  );
  expect(all.clean({ [`${"pi_3MtwBwLkdIwHu7ix28a3tqPa"}`]: 1 })).toEqual({ pi_1: 1 });
});

it("leaves Stripe's own words alone", () => {
  const words = [
    "payment_intent",
    "customer.subscription.updated",
    "pm_card_chargeDeclined",
    "us_bank_account",
    "insufficient_funds",
  ];
  expect(aliases().clean(words)).toEqual(words);
});

it("counts times from the start: in calendar months where they fall on one, else in days", () => {
  const day = 86_400;
  expect(aliases().clean([START, START + 300, START + day, START - 3 * day])).toEqual([
    "start",
    "start",
    "day 1",
    "day -3",
  ]);
  expect(aliases().clean(Date.parse("2027-02-28T10:00:40Z") / 1_000)).toBe("month 1");
  expect(aliases().clean(Date.parse("2028-01-31T10:00:00Z") / 1_000)).toBe("month 12");
  expect(aliases().clean({ trial_end: `${START + 14 * day}`, at: "2027-02-02T10:00:00.000Z" })).toEqual({
    trial_end: "day 14",
    at: "day 2",
  });
  expect(aliases("kept").clean([START + 90, "2027-02-02T10:00:00Z"])).toEqual([
    START + 90,
    "2027-02-02T10:00:00Z",
  ]);
});

it("leaves amounts and counts alone, whatever their size", () => {
  const amounts = [0, 29_900, 1_000_000_000, 40_000_000, -5, 12.5];
  expect(aliases().clean(amounts)).toEqual(amounts);
  expect(aliases().clean({ credits: 24_000_000n })).toEqual({ credits: "24000000" });
});

it("has no word for what is drawn by chance", () => {
  const drawn = {
    fingerprint: "Xt5EWLLDS7FJjR1c",
    number: "ABCD-0001",
    "metadata[refill_rehearsal]": "run-1",
    invoice_prefix: "",
  };
  expect(aliases().clean(drawn)).toEqual({
    fingerprint: "drawn",
    number: "drawn",
    "metadata[refill_rehearsal]": "drawn",
    invoice_prefix: "",
  });
  expect(aliases().clean("refill_rehearsal 2027-01-31-a1b2c3 buy-once")).toBe(
    "refill_rehearsal run buy-once",
  );
});

const tail = (length: number) =>
  fc.stringMatching(new RegExp(`^[A-Za-z0-9]{${length}}$`)).filter((text) => /[0-9A-Z]/.test(text));
const KINDS = [
  "cus",
  "pi",
  "ch",
  "sub",
  "in",
  "re",
  "seti",
  "cs_test",
  "pm",
  "du",
  "sub_sched",
  "acct",
  "evt",
  "txn",
  "clock",
];
const id = fc.tuple(fc.constantFrom(...KINDS), tail(24)).map(([kind, rest]) => `${kind}_${rest}`);
const secret = fc.oneof(
  tail(24).map((rest) => `sk_test_${rest}`),
  tail(32).map((rest) => `whsec_${rest}`),
  fc.tuple(id, tail(24)).map(([of, rest]) => `${of}_secret_${rest}`),
);
const address = fc
  .tuple(fc.constantFrom("https://checkout.stripe.com/c/pay/", "http://localhost:3190/"), id)
  .map((parts) => parts.join(""));
const mail = fc.uuid().map((name) => `${name}@example.com`);
const hidden = fc.oneof(id, secret, address, mail, fc.uuid());
const around = fc.constantFrom(
  (text: string) => text,
  (text: string) => `No such customer: '${text}'; see the logs.`,
  (text: string) => `/v1/objects/${text}/lines`,
  (text: string) => ({ data: [{ value: text }] }),
  (text: string) => ({ [text]: "a name" }),
  (text: string) => ({ "metadata[order]": text }),
);

test.prop([fc.array(fc.tuple(hidden, around), { maxLength: 10 })])(
  "no secret, id, address or mail address is left, in whatever it stands",
  (each) => {
    const cleaned = JSON.stringify(aliases().clean(each.map(([text, wrap]) => wrap(text))));
    for (const [text] of each) expect(cleaned).not.toContain(text);
    for (const [text] of each)
      for (const part of text.split(/[_/@:.-]/)) if (part.length >= 20) expect(cleaned).not.toContain(part);
  },
);

test.prop([fc.array(id, { minLength: 1, maxLength: 8 })])(
  "two ids have one alias only where they are one",
  (ids) => {
    const cleaned = aliases().clean(ids) as string[];
    for (const [i, one] of ids.entries())
      for (const [j, other] of ids.entries()) expect(cleaned[i] === cleaned[j]).toBe(one === other);
  },
);

test.prop([fc.array(fc.tuple(hidden, around), { maxLength: 5 })])("what is clean stays as it is", (each) => {
  const once = aliases().clean(each.map(([text, wrap]) => wrap(text)));
  expect(aliases().clean(once)).toEqual(once);
});
