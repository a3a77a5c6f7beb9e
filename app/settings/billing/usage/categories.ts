import { findCategory, listAllCategories } from "@/lib/catalog/categories";
import type { SpendCategory } from "@/lib/ledger/state";

export type UsageCategory = {
  readonly key: SpendCategory;
  readonly label: string;
  /** Tells it apart without colours too: plain, striped, dotted. */
  readonly className: string;
};

/** In the catalog's order; with more categories they begin again, and labels and the table tell them apart. */
const FILLS = [
  "bg-chart-plan",
  "bg-[repeating-linear-gradient(135deg,var(--chart-addon)_0_3px,var(--panel)_3px_4.5px)] ring-1 ring-chart-addon ring-inset",
  "bg-chart-cycle bg-[radial-gradient(var(--panel)_0.9px,transparent_1.2px)] bg-[length:5px_5px]",
  "bg-[repeating-linear-gradient(45deg,var(--chart-plan)_0_2px,var(--panel)_2px_5px)] ring-1 ring-chart-plan ring-inset",
  "bg-chart-addon",
  "bg-[repeating-linear-gradient(0deg,var(--chart-cycle)_0_3px,var(--panel)_3px_4.5px)] ring-1 ring-chart-cycle ring-inset",
  "bg-chart-plan bg-[radial-gradient(var(--panel)_0.9px,transparent_1.2px)] bg-[length:5px_5px]",
  "bg-[repeating-linear-gradient(90deg,var(--chart-addon)_0_2px,var(--panel)_2px_5px)] ring-1 ring-chart-addon ring-inset",
];

/** The catalog's categories, also those under which nothing new can be spent: from the bottom of a bar to its top. */
export const listUsageCategories = (): readonly UsageCategory[] =>
  listAllCategories().map(({ id, label }, index) => ({
    key: id,
    label,
    className: FILLS[index % FILLS.length] ?? "",
  }));

export const categoryLabel = (key: SpendCategory): string => findCategory(key)?.label ?? key;

/** Usage for which the caller named no model or resource. */
export const UNNAMED = "No model";
