import { unreachable } from "@/lib/result";

const PROVIDER_SILENT =
  "Our payment provider did not answer. Please try again in a moment; reload this page to see your cards as they are.";
const UNKNOWN_CARD = "That card is not saved any more. Reload this page to see your cards as they are.";

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
      return "An upgrade of your plan is being charged just now, with the card that was chosen for it. Nothing was changed. Please try again in a moment.";
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error.code);
  }
}

export const PORTAL_UNAVAILABLE =
  "Our payment provider did not answer, so its page could not be opened. Nothing was changed. Please try again in a moment.";

/** What was just done to a card, as the address says it. */
export type ChangeFlag = "default" | "removed";

export function changeFlagSentence(flag: ChangeFlag): string {
  switch (flag) {
    case "default":
      return "That card is used for all payments from now on.";
    case "removed":
      return "The card was removed. It will not be charged any more.";
    default:
      return unreachable(flag);
  }
}
