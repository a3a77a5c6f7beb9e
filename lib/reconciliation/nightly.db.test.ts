import { asc } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { reconciledDays } from "../../db/schema";
import { DAY, openPlanShop } from "../../dev/testing/plans";
import { type ProviderRecords, ProviderSilent } from "../billing/provider-records";
import { dayOf, reconcileNightly } from "./reconcile";
import { storeDay } from "./results";

const shop = openPlanShop({ max: 10 });
beforeEach(async () => void (await shop.owner`delete from reconciled_days`));

const ago = (days: number) => dayOf(new Date(shop.clock.now().getTime() - days * DAY));
const compared = async () =>
  (await shop.db.select().from(reconciledDays).orderBy(asc(reconciledDays.day))).map(({ day }) => day);
const store = (day: string) =>
  storeDay(shop.db, { day, lines: [], totals: {} } as unknown as Parameters<typeof storeDay>[1]);

/** Stripe says nothing of these days. */
const silentOf = (...days: string[]): ProviderRecords => {
  const { records } = shop.deps;
  return {
    ...records,
    listCharges: async (within, after) =>
      within.from && days.includes(dayOf(within.from))
        ? { kind: "unknown", reason: "silent", serverSaidNo: false }
        : records.listCharges(within, after),
  };
};
const lastWeek = () => [7, 6, 5, 4, 3, 2, 1].map(ago);

it("I10: a night compares the days of three weeks that nobody was there for", async () => {
  await store(ago(22));
  await store(ago(12));
  await reconcileNightly(shop.deps, null);
  expect(await compared()).toEqual(Array.from({ length: 22 }, (_, index) => ago(22 - index)));
});

it("a new installation begins with its last week", async () => {
  await reconcileNightly(shop.deps, null);
  expect(await compared()).toEqual(lastWeek());
});

it("I10: a day that Stripe says nothing of keeps no other from being compared, and is said", async () => {
  const deps = { ...shop.deps, records: silentOf(ago(5)) };
  await expect(reconcileNightly(deps, null)).rejects.toThrow(ProviderSilent);
  expect(await compared()).toEqual(lastWeek().filter((day) => day !== ago(5)));
});

it("two silent days, one after the other, are Stripe's silence: the others are left to the next night", async () => {
  const deps = { ...shop.deps, records: silentOf(ago(6), ago(5)) };
  await expect(reconcileNightly(deps, null)).rejects.toThrow(ProviderSilent);
  expect(await compared()).toEqual([ago(7)]);
});
