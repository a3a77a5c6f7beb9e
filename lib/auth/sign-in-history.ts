import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { securityEvents } from "../../db/schema";
import type { PageCursor } from "../page-cursor";
import type { SecurityEventKind } from "./security-events";

/** What of the doors a person is told about themselves: who came in, who did not, and what changed how they come in. */
export const SIGN_IN_HISTORY = [
  "signed_in",
  "sign_in_failed",
  "sign_in_slowed",
  "factor_failed",
  "recovery_code_used",
  "new_browser",
  "signed_out",
  "session_revoked",
  "password_changed",
  "password_reset_asked",
  "password_reset",
  "email_change_asked",
  "email_changed",
  "email_change_undone",
  "factor_added",
  "factor_removed",
  "recovery_codes_made",
  "member_joined",
] as const satisfies readonly SecurityEventKind[];
export type SignInHistoryKind = (typeof SIGN_IN_HISTORY)[number];

export type SignInEvent = {
  readonly id: string;
  readonly at: Date;
  readonly kind: SignInHistoryKind;
  /** How many it stands for. */
  readonly times: number;
  /** As limits count it; null where it was not told. */
  readonly address: string | null;
  readonly browser: string | null;
  readonly system: string | null;
  /** `signed_in`: how they proved who they are; `session_revoked`: `operator` where it was not the person. */
  readonly by: string | null;
};

export const HISTORY_PAGE = 20;

/** A person's own, the newest first; a page and where the next begins. Nothing that opens anything is in it. */
export async function listSignInHistory(
  db: Reader,
  userId: string,
  { after = null, most = HISTORY_PAGE }: { readonly after?: PageCursor | null; readonly most?: number } = {},
): Promise<{ readonly events: readonly SignInEvent[]; readonly next: PageCursor | null }> {
  const rows = await db
    .select({
      id: securityEvents.id,
      at: securityEvents.at,
      kind: sql<SignInHistoryKind>`${securityEvents.kind}`,
      times: securityEvents.times,
      address: securityEvents.address,
      browser: securityEvents.browser,
      system: securityEvents.system,
      by: sql<string | null>`${securityEvents.details} ->> 'by'`,
    })
    .from(securityEvents)
    .where(
      and(
        eq(securityEvents.userId, userId),
        inArray(securityEvents.kind, [...SIGN_IN_HISTORY]),
        after
          ? sql`(${securityEvents.at}, ${securityEvents.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(securityEvents.at), desc(securityEvents.id))
    .limit(most + 1);
  const events = rows.slice(0, most);
  const last = events.at(-1);
  const next = rows.length > most && last ? { createdAt: last.at, id: last.id } : null;
  return { events, next };
}
