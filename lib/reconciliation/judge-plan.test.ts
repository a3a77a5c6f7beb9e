import { expect, it } from "vitest";
import {
  DAY_MS,
  freeFacts,
  invoice,
  item,
  line,
  plus,
  S,
  STARTER,
  settled,
  starter,
  subscription,
  yearly,
} from "../../dev/testing/facts";
import { decide } from "../billing/allowances/decide";
import type { Facts } from "../billing/allowances/facts";
import { monthsAfter } from "../calendar";
import type { Credits } from "../money/credits";
import { listAboveWorth, listNotGiven } from "./judge-plan";

// That they find nothing where all is right, every history of `histories.test` says.
const year = { offer: yearly(starter), period: { start: S, end: monthsAfter(S, 12) } };
const ofYear = (now: Date): Facts =>
  settled(
    freeFacts({
      subscriptions: [subscription({ items: [item(year)] })],
      invoices: [invoice({ lines: [line(year)] })],
    }),
    now,
  ).facts;
const later = plus(monthsAfter(S, 2), DAY_MS);
const missing = (facts: Facts) => listNotGiven(facts, decide(facts, later), later);

it("finds a month that is paid for, has begun and is not given, and none that comes", () => {
  const facts = settled(ofYear(S), later).facts;
  expect(missing(facts)).toEqual([]);
  const without = { ...facts, allowances: facts.allowances.filter(({ month }) => month !== 1) };
  const [{ id } = { id: "" }] = facts.invoices;
  expect(missing(without)).toMatchObject([
    { kind: "plan_credits_not_given", invoiceId: id, credits: STARTER },
  ]);
});

it("finds what was given for a line beyond its worth, to the credit but for its rounding", () => {
  const facts = ofYear(S);
  const givenMore = (by: bigint): Facts => ({
    ...facts,
    allowances: facts.allowances.map((each) =>
      each.origin === "line" ? { ...each, credits: (each.credits + by) as Credits } : each,
    ),
  });
  expect(listAboveWorth(facts)).toEqual([]);
  expect(listAboveWorth(givenMore(5_000n))).toMatchObject([
    { kind: "allowance_above_line", credits: 5_000n },
  ]);
  expect(listAboveWorth(givenMore(12n)), "a credit a month of the invoice").toEqual([]);
});

it("finds what was given for a line that the invoice does not have", () => {
  const facts = ofYear(S);
  const allowances = facts.allowances.map((each) => ({ ...each, lineId: "il_gone" }));
  expect(listAboveWorth({ ...facts, allowances })).toMatchObject([
    { kind: "allowance_above_line", credits: STARTER },
  ]);
});
