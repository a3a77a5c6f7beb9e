import { createHash } from "node:crypto";
import type { Sign } from "../../mail/context";

/**
 * What a mailed link says: 32 bytes that follow from `name` and the secret of this installation, so that they are made when
 * the mail is sent, and neither the table of links nor the outbox holds them. Another AUTH_SECRET voids links that were mailed.
 */
export const linkToken = (name: string, sign: Sign): string => sign("mailed-link", name);

/** As it is stored and looked up: SHA-256 is enough, as there is nothing to guess. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** Whether a text could be a link's; anything else is not looked up. */
export const isToken = (text: unknown): text is string =>
  typeof text === "string" && /^[A-Za-z0-9_-]{43}$/.test(text);

/** The page behind each kind of link. */
const PAGES = {
  reset_password: "/reset-password",
  confirm_email: "/confirm-email",
  undo_email: "/undo-email",
  join: "/join",
} as const;
export type LinkPage = keyof typeof PAGES;

export const linkPath = (page: LinkPage, token: string): string => `${PAGES[page]}?token=${token}`;

/** What an invitation's token follows from: sent again it is another one. */
export const invitationName = (invitationId: string, sends: number): string =>
  `invitation:${invitationId}:${sends}`;
