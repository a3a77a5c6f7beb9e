import { isSameKey } from "../allowance-key";
import type { AllowanceKey } from "../facts";
import type { AllowanceRow } from "./stored-facts";

/** Under which a month's credits are granted, once, whatever arrives twice. */
export const sourceOf = ({ itemId, periodStart, month, part }: AllowanceKey): string =>
  itemId === null
    ? `plan:${periodStart.toISOString()}${part === 0 ? "" : `:${part}`}`
    : `plan:${itemId}:${periodStart.toISOString()}:${month}:${part}`;

/** Under which an allowance is: its row's, which is another where an earlier release gave it; or the one that it is given under now. */
export const sourceIn = (rows: readonly AllowanceRow[], key: AllowanceKey): string =>
  rows.find((each) => isSameKey(each, key))?.source ?? sourceOf(key);
