import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { type linkPurpose, mailedLinks } from "../../../db/schema";
import { newId } from "../../ids";
import type { Sign } from "../../mail/context";
import { invariant } from "../../result";
import { hashToken, linkToken } from "./token";

export type LinkPurpose = (typeof linkPurpose.enumValues)[number];

const HOUR_S = 3_600;
/** The way back outlasts the day within which a change of address can be confirmed by a week. */
export const LINK_SECONDS: Readonly<Record<LinkPurpose, number>> = {
  reset_password: HOUR_S / 2,
  confirm_email: 24 * HOUR_S,
  undo_email: 8 * 24 * HOUR_S,
};

export type NewLink = {
  readonly purpose: LinkPurpose;
  readonly userId: string;
  readonly email: string;
  readonly otherEmail?: string;
  /** The person's `session_version`; null for the way back. */
  readonly version: number | null;
};

export type MadeLink = {
  readonly linkId: string;
  /** By the application's clock, as the outbox compares it; the link itself ends by real time. */
  readonly uselessAt: Date;
};

/** A step: stores a link that will be mailed. What it says is `linkToken(linkId, …)`. */
export async function makeLink(tx: Tx, link: NewLink, sign: Sign): Promise<MadeLink> {
  const linkId = newId();
  const seconds = LINK_SECONDS[link.purpose];
  const [made] = await tx
    .insert(mailedLinks)
    .values({
      ...link,
      id: linkId,
      tokenHash: hashToken(linkToken(linkId, sign)),
      createdAt: sql`pg_catalog.now()`,
      expiresAt: sql`pg_catalog.now() + ${seconds} * interval '1 second'`,
    })
    .returning({ uselessAt: sql<string>`now() + ${seconds} * interval '1 second'` });
  invariant(made, "a link was stored");
  return { linkId, uselessAt: new Date(made.uselessAt) };
}
