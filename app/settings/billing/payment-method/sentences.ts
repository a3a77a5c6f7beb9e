import { unreachable } from "@/lib/result";

const PROVIDER_SILENT =
  "Our payment provider did not answer. Please try again in a moment; reload this page to see your cards as they are.";
const UNKNOWN_CARD = "That card is no longer saved. Reload this page to see your cards as they are.";

/** Why the only card of a plan that renews stays. */
export const LAST_CARD =
  "This is the only card your plan can be charged to. Add another card first, then remove this one.";

type CardError = {
  readonly code: "unknown_card" | "last_card" | "payment_in_progress" | "provider_unavailable";
};

export function cardSentence(error: CardError): string {
  switch (error.code) {
    case "unknown_card":
      return UNKNOWN_CARD;
    case "last_card":
      return LAST_CARD;
    case "payment_in_progress":
      return "An upgrade of your plan is being charged to this card right now. Nothing was changed. Please try again in a moment.";
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error.code);
  }
}

export const PORTAL_UNAVAILABLE =
  "Our payment provider did not answer, so its page could not be opened. Nothing was changed. Please try again in a moment.";

/** What was just done to a card, as the address says it. */
export type ChangeFlag = "default" | "removed" | "replaced";

export function changeFlagSentence(flag: ChangeFlag): string {
  switch (flag) {
    case "default":
      return "That card is now used for all payments.";
    case "removed":
      return "The card was removed. It will no longer be charged.";
    case "replaced":
      return "Your new card is saved and used for payments. The old one was removed.";
    default:
      return unreachable(flag);
  }
}
