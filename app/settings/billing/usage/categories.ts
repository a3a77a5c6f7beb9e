import { findCategory, listAllCategories } from "@/lib/catalog/categories";
import type { SpendCategory } from "@/lib/ledger/state";

export type UsageCategory = {
  readonly key: SpendCategory;
  readonly label: string;
  /** Tells it apart without colours too: plain, striped, dotted. */
  readonly className: string;
};

/** In the catalog's order; with more categories they begin again, and labels and the table tell them apart. */
const FILLS = 8;

/** The catalog's categories, also those under which nothing new can be spent: from the bottom of a bar to its top. */
export const listUsageCategories = (): readonly UsageCategory[] =>
  listAllCategories().map(({ id, label }, index) => ({
    key: id,
    label,
    className: `chart-fill-${(index % FILLS) + 1}`,
  }));

export const categoryLabel = (key: SpendCategory): string => findCategory(key)?.label ?? key;

/** Usage for which the caller named no model or resource. */
export const UNNAMED = "No model";
