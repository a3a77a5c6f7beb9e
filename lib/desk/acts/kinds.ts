/** Everything an operator can do at the desk. */
export const ACT_KINDS = [
  "grant",
  "take",
  "revoke",
  "restore",
  "write_off",
  "extend",
  "take_back_extension",
  "freeze",
  "unfreeze",
  "refund_order",
  "refund_invoice",
  "settle_order",
  "close_order",
  "reopen_order",
  "read_account",
  "set_plan",
  "end_sessions",
  "disable_person",
  "enable_person",
  "set_role",
  "set_operator",
  "resend_mail",
  "issue_key",
  "revoke_key",
  "pause_purchases",
  "resume_purchases",
] as const;

/** What is done elsewhere than by an act's page, and kept among the acts. */
const OTHER_KINDS = ["acknowledge_attention", "replay_event", "retry_mails"] as const;
/** Everything that is kept as having been done by an operator. */
export const KEPT_KINDS = [...ACT_KINDS, ...OTHER_KINDS] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

export type ActKind = (typeof ACT_KINDS)[number];

export const isActKind = (text: string): text is ActKind => (ACT_KINDS as readonly string[]).includes(text);
