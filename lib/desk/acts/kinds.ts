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
] as const;

export type ActKind = (typeof ACT_KINDS)[number];

export const isActKind = (text: string): text is ActKind => (ACT_KINDS as readonly string[]).includes(text);
