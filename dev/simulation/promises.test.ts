import type Stripe from "stripe";
import { expect, it } from "vitest";
import type { AtStripe, PlanInvoice } from "./at-stripe";
import { allowancesOf } from "./promises";

const at = (iso: string) => new Date(`${iso}Z`);
const subscription = { id: "sub_1", status: "active" } as Stripe.Subscription;
const year = (more: Partial<PlanInvoice>): PlanInvoice => ({
  id: "in_1",
  subscription,
  status: "paid",
  reason: "subscription_create",
  paidCents: 1n,
  paidAt: at("2027-01-01T00:00:00"),
  triedAt: at("2027-01-01T00:00:00"),
  givesBack: null,
  plan: "starter",
  interval: "year",
  period: { start: at("2027-01-01T00:00:00"), end: at("2028-01-01T00:00:00") },
  ...more,
});
const promised = (invoices: readonly PlanInvoice[], now: string) =>
  allowancesOf({ invoices } as unknown as AtStripe, at(now)).map(
    ({ plan, start, credits }) => `${plan} ${start.toISOString().slice(0, 10)} ${credits}`,
  );

// 10 March, 12:00: of March's 24,000,000 are 21.5 of 31 days unused; all that follows ends.
it("a year that takes a year's place gives less for the time given back, in its first month alone", () => {
  const upgraded = year({
    id: "in_2",
    reason: "subscription_update",
    plan: "premium",
    paidAt: at("2027-03-10T12:34:56"),
    givesBack: { start: at("2027-03-10T12:00:00"), end: at("2028-01-01T00:00:00") },
    period: { start: at("2027-03-10T12:34:56"), end: at("2028-03-10T12:34:56") },
  });
  expect(promised([year({}), upgraded], "2027-04-20T00:00:00")).toEqual([
    "starter 2027-01-01 24000000",
    "starter 2027-02-01 24000000",
    "starter 2027-03-01 24000000",
    // 40,000,000 less 24,000,000 × 21.5 ÷ 31, rounded down
    "premium 2027-03-10 23354838",
    "premium 2027-04-10 40000000",
  ]);
});

it("what gives nothing back shortens nothing and gives a whole month", () => {
  const begun = year({
    id: "in_2",
    plan: "premium",
    reason: "subscription_update",
    period: { start: at("2027-02-10T00:00:00"), end: at("2028-02-10T00:00:00") },
  });
  expect(promised([year({}), begun], "2027-03-05T00:00:00")).toEqual([
    "starter 2027-01-01 24000000",
    "starter 2027-02-01 24000000",
    "starter 2027-03-01 24000000",
    "premium 2027-02-10 40000000",
  ]);
});
