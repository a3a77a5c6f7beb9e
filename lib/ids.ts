import { v7 } from "uuid";

const PREFIX = {
  account: "acct_",
  order: "ord_",
  refund: "rfd_",
  grant: "grt_",
  user: "usr_",
  hold: "hold_",
  planPayment: "pay_",
  contact: "req_",
  apiKey: "rk_",
  session: "sess_",
  attention: "attn_",
  mail: "mail_",
  act: "act_",
  waitingAct: "wait_",
  invitation: "inv_",
  securityEvent: "sec_",
} as const;
export type IdKind = keyof typeof PREFIX;

/** A new time-sortable uuid, as the database stores it. */
export const newId = (): string => v7();

/** `0192…-…` → `ord_0192…`: how an id looks outside the database. */
export const toPublicId = (kind: IdKind, uuid: string): string => PREFIX[kind] + uuid.replaceAll("-", "");

/** Whether a text begins like one of our ids, whatever follows. */
export const isPrefixed = (text: string): boolean =>
  Object.values(PREFIX).some((each) => text.startsWith(each));

/** The uuid behind a public id of this kind, or null when the text is not one. */
export function fromPublicId(kind: IdKind, text: unknown): string | null {
  if (typeof text !== "string" || !text.startsWith(PREFIX[kind])) return null;
  const hex = text.slice(PREFIX[kind].length);
  if (!/^[0-9a-f]{32}$/.test(hex)) return null;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
