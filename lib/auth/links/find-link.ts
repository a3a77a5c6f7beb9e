import { and, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { mailedLinks, users } from "../../../db/schema";
import type { LinkPurpose } from "./make-link";
import { hashToken, isToken } from "./token";

export type LinkView = {
  readonly linkId: string;
  readonly userId: string;
  /** Whom it was mailed to. */
  readonly email: string;
  /** Of a change of address: the other one. */
  readonly otherEmail: string | null;
  readonly createdAt: Date;
  readonly name: string;
  readonly sessionVersion: number;
};

/**
 * What still holds of a link that would work: not used, not expired, its person not disabled, and none of what ends all
 * their sessions happened since.
 */
const works = (token: string, purpose: LinkPurpose): SQL | undefined =>
  and(
    eq(mailedLinks.tokenHash, hashToken(token)),
    eq(mailedLinks.purpose, purpose),
    isNull(mailedLinks.usedAt),
    gt(mailedLinks.expiresAt, sql`pg_catalog.now()`),
    isNull(users.disabledAt),
    or(isNull(mailedLinks.version), eq(mailedLinks.version, users.sessionVersion)),
  );

const COLUMNS = {
  linkId: mailedLinks.id,
  userId: mailedLinks.userId,
  email: mailedLinks.email,
  otherEmail: mailedLinks.otherEmail,
  createdAt: mailedLinks.createdAt,
  name: users.name,
  sessionVersion: users.sessionVersion,
};

/** The link that says this, for the page behind it: looking uses nothing up, as mail scanners look too. */
export async function findLink(db: Reader, token: unknown, purpose: LinkPurpose): Promise<LinkView | null> {
  if (!isToken(token)) return null;
  const [found] = await db
    .select(COLUMNS)
    .from(mailedLinks)
    .innerJoin(users, eq(users.id, mailedLinks.userId))
    .where(works(token, purpose));
  return found ?? null;
}

/**
 * A step: uses a link up, and keeps its person from changing until the transaction ends. Null when it works no more: of
 * thirty at once one gets it.
 */
export async function takeLink(tx: Tx, token: unknown, purpose: LinkPurpose): Promise<LinkView | null> {
  if (!isToken(token)) return null;
  const [found] = await tx
    .select(COLUMNS)
    .from(mailedLinks)
    .innerJoin(users, eq(users.id, mailedLinks.userId))
    .where(works(token, purpose))
    .for("update");
  if (!found) return null;
  await tx.update(mailedLinks).set({ usedAt: sql`pg_catalog.now()` }).where(eq(mailedLinks.id, found.linkId));
  return found;
}
