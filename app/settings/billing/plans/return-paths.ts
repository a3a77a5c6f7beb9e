import { PLANS } from "../paths";

/** Where Checkout comes back to. */
export const CHECKOUT_RETURN = `${PLANS}/return`;
const CARD_PAY_RETURN = `${PLANS}/pay/return`;

/** What is to be paid once a card is saved, and the request that pays it: coming back twice pays once. */
export type CardPay = {
  readonly invoice: string;
  /** As digits: what was shown to be left of it. */
  readonly cents: string;
  readonly request: string;
};

export const cardPayReturnPath = (pay: CardPay): string => `${CARD_PAY_RETURN}?${new URLSearchParams(pay)}`;

const SESSION_ID = /^cs_[A-Za-z0-9_]{1,200}$/;

/** The session's id in the address that Stripe sends people back to, or null where it cannot be one. */
export function readSessionId(query: URLSearchParams): string | null {
  const text = query.get("session_id");
  return text && SESSION_ID.test(text) ? text : null;
}

/** Sends the browser on to one of our pages, and leaves what the address said out of its history. */
export const redirectTo = (path: string, appUrl: string): Response =>
  new Response(null, {
    status: 303,
    headers: {
      Location: new URL(path, appUrl).href,
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
    },
  });
