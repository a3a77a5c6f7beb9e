import type { KeptKind } from "./kinds";

/** Why nothing takes an act back, of each of which that is so. */
export const WHY_NO_COUNTER: Readonly<Partial<Record<KeptKind, string>>> = {
  restore: "Nothing takes it back: it takes another act back. Revoke the credits again if that was wrong.",
  take_back_extension:
    "Nothing takes it back: it takes another act back. Extend the grant again if that was wrong.",
  reopen_order: "Nothing takes it back: it takes another act back. Close the order again if that was wrong.",
  refund_order:
    "Nothing takes it back: Stripe has no way to call a refund back. The customer would have to buy again.",
  refund_invoice:
    "Nothing takes it back: Stripe has no way to call a refund back. Credits can be given, and the plan goes on.",
  settle_order: "Nothing takes it back: it changes only what Stripe says is so.",
  read_account: "Nothing takes it back: it changes only what Stripe says is so.",
  end_sessions: "Nothing takes it back: the person signs in again.",
  resend_mail: "Nothing takes it back: what was sent is there.",
  acknowledge_attention: "Nothing takes it back: the item opens again by itself when it is another matter.",
  replay_event: "Nothing takes it back: handled twice, an event changes nothing that the first time did not.",
  retry_mails: "Nothing takes it back: what was sent is there.",
  revoke_key: "Nothing takes it back: whoever had it may have lost it. Issue another key.",
};
