import { DETAILS } from "../pages";
import type { ActionRow } from "./action-rows";
import { sceneAt } from "./scene";

const LINES = ["\u0000", "a\u202eb", "x".repeat(9_000), null];

/** What is tried on the form of billing details. */
export const DETAILS_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/settings/billing/details/actions.ts#saveBillingDetailsAction": {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer({ cards: ["pm_card_visa"] }), action, {
        path: DETAILS,
        filled: { name: "Søn ApS", country: "DK", taxIdType: "eu_vat", taxId: "DK12345678" },
      }),
    bad: {
      name: ["", " ", ...LINES],
      line1: LINES,
      line2: LINES,
      postalCode: LINES,
      city: LINES,
      state: LINES,
      country: ["", "XX", "dk", "__proto__", "constructor", null],
      taxIdType: ["", "vat", "unknown", "__proto__", "constructor", null],
      taxId: ["", ...LINES],
    },
    repeatableBecause: "the same details are kept again",
  },
};
