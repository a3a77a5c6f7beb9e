import type { AllowanceKey } from "./facts";

/** Which month of which line an allowance is of, and nothing else of it. */
export const keyOf = ({ itemId, periodStart, month, part }: AllowanceKey): AllowanceKey => ({
  itemId,
  periodStart,
  month,
  part,
});

export const isSameKey = (a: AllowanceKey, b: AllowanceKey): boolean =>
  isOfOnePeriod(a, b) && a.month === b.month && a.part === b.part;

type OfPeriod = Pick<AllowanceKey, "itemId" | "periodStart">;

/** Of one item, and of lines of it that begin at one instant. */
export const isOfOnePeriod = (a: OfPeriod, b: OfPeriod): boolean =>
  a.itemId === b.itemId && a.periodStart.getTime() === b.periodStart.getTime();
