import type { SpendCategory } from "@/lib/ledger/state";

type Category = {
  readonly key: SpendCategory;
  readonly label: string;
  /** Tells it apart without colours too: plain, striped, dotted. */
  readonly className: string;
};

/** From the bottom of a bar to its top. */
export const CATEGORIES: readonly Category[] = [
  { key: "ai_processing", label: "AI processing", className: "bg-chart-plan" },
  {
    key: "infrastructure",
    label: "Infrastructure",
    className:
      "bg-[repeating-linear-gradient(135deg,var(--chart-addon)_0_3px,var(--panel)_3px_4.5px)] ring-1 ring-chart-addon ring-inset",
  },
  {
    key: "platform",
    label: "Platform",
    className:
      "bg-chart-cycle bg-[radial-gradient(var(--panel)_0.9px,transparent_1.2px)] bg-[length:5px_5px]",
  },
];

export const categoryLabel = (key: SpendCategory): string =>
  CATEGORIES.find((each) => each.key === key)?.label ?? key;

/** Usage for which the caller named no model or resource. */
export const UNNAMED = "Not named";
