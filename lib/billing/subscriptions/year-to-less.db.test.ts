import { expect, it } from "vitest";
import { changingAt } from "../../../dev/testing/changing";
import { DAY, HOUR, openPlanShop } from "../../../dev/testing/plans";
import { monthsAfter } from "../../calendar";
import { scheduleDowngrade } from "./change";
import { sweepPlans } from "./sweep";

/** A year that the customer lets become months, or a smaller year: what was paid for is given to its end, month by month. */
const shop = openPlanShop();
const { succeeded } = changingAt(shop);

const PREMIUM = 40_000_000n;
const STARTER = 24_000_000n;

it.each([
  ["the same plan by the month", { plan: "premium", interval: "month" }, PREMIUM, 49_900],
  ["a smaller plan by the month", { plan: "starter", interval: "month" }, STARTER, 29_900],
  ["a smaller plan by the year", { plan: "starter", interval: "year" }, STARTER, 299_000],
] as const)(
  "I24: %s: gives every month of the year, and from its end on what was chosen",
  async (_, to, credits, cents) => {
    const who = await shop.makeSubscriber("premium", { interval: "year" });
    const begun = shop.clock.now();
    const { items } = await shop.subscriptionOf(who);
    const start = new Date((items.data[0]?.current_period_start ?? 0) * 1_000);
    expect(Math.abs(start.getTime() - begun.getTime())).toBeLessThan(HOUR);
    await shop.passes(40 * DAY);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: PREMIUM });
    expect(await scheduleDowngrade(shop.deps, { ...who, ...to })).toEqual({ ok: true, value: undefined });
    const paid = async () => (await succeeded(who)).map(({ amount }) => amount).toSorted((a, b) => a - b);
    const monthBegins = async (month: number) => {
      await shop.clock.moveTo(new Date(monthsAfter(start, month).getTime() + 2 * HOUR));
      await shop.sync(who);
      await sweepPlans(shop.deps);
      const { plan, remaining, owed, periods } = await shop.stateOf(who);
      return { plan, remaining, owed, periods: periods.length };
    };
    // Each month that was paid for is the whole of it, whatever comes after the year; the first period is Free's.
    for (let month = 2; month < 12; month += 1)
      expect(await monthBegins(month), `month ${month}`).toEqual({
        ...{ plan: "premium", remaining: PREMIUM, owed: 0n, periods: month + 2 },
      });
    expect(await paid()).toEqual([499_000]);
    for (let month = 12; month < 15; month += 1)
      expect(await monthBegins(month), `month ${month}`).toEqual({
        ...{ plan: to.plan, remaining: credits, owed: 0n, periods: month + 2 },
      });
    const charges = to.interval === "year" ? 1 : 3;
    expect(await paid()).toEqual(
      [...Array.from({ length: charges }, () => cents), 499_000].toSorted((a, b) => a - b),
    );
    // Nothing of the year was shortened: each of its months runs to the next one's start.
    const { periods } = await shop.stateOf(who);
    const months = periods.filter((each) => each.startsWith("premium paid")).slice(0, 12);
    expect(months.map((each) => each.split(" – ")[1])).toEqual(
      months.map((_month, index) => monthsAfter(start, index + 1).toISOString()),
    );
  },
  180_000,
);
