import { eq, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { apiKeys } from "../../../db/schema";
import { type ApiKeyView, type KeysAsked, listApiKeys } from "../../auth/api-keys";
import { toPublicId } from "../../ids";
import { err, invariant, ok, type Result } from "../../result";
import type { ActDeps, ActRefusal, Request } from "../acts/act";
import { type Performed, performAct } from "../acts/perform";
import { previewAct } from "../acts/run-act";
import type { ByOperator } from "../record-act";
import { inColumns, instant } from "./said";

/** API keys without their secrets, the newest first. */
export async function sayKeys(db: Reader, asked: KeysAsked) {
  const { keys, hasMore } = await listApiKeys(db, asked);
  const rows = keys.map((key) => ({
    ...key,
    id: toPublicId("apiKey", key.id),
    onlyAccountId: key.onlyAccountId && toPublicId("account", key.onlyAccountId),
  }));
  const lines = [
    ...inColumns(
      ["key", "made", "account", "may", "last used", "state", "name"],
      rows.map((each) => [
        each.id,
        instant(each.createdAt),
        each.onlyAccountId ?? "every",
        each.scopes.join(","),
        each.lastUsedAt ? instant(each.lastUsedAt) : "never",
        stateOf(each),
        each.name,
      ]),
    ),
    ...(rows.length === 0 ? ["There are no such keys."] : []),
    ...(hasMore ? ["", `Older: --before ${rows.at(-1)?.id}`] : []),
  ];
  return { rows, lines, code: 0 as const };
}

function stateOf({ revokedAt, expiresAt, daysLeft }: ApiKeyView): string {
  if (revokedAt) return `revoked ${instant(revokedAt)}`;
  if (!expiresAt) return "works";
  return `${daysLeft !== null && daysLeft < 0 ? "over since" : "works until"} ${instant(expiresAt)}`;
}

type AskedKey = {
  readonly name: string;
  /** With commas between. */
  readonly scopes: string;
  /** The one account it may touch; null for every account. */
  readonly accountId: string | null;
  /** The last day it works, such as 2027-06-30; empty: without an end. */
  readonly until: string;
  /** Instead of a day: so many days from now, by the database's clock. */
  readonly inDays: number | null;
};

/** Makes an API key, as the desk's act does it. Returns the key, which is shown this once. */
export async function makeKey(
  deps: ActDeps,
  { name, scopes, accountId, until, inDays }: AskedKey,
  by: ByOperator,
): Promise<Result<string, ActRefusal>> {
  const [clock] = await deps.db.execute<{ end: string }>(
    sql`select now() + ${inDays ?? 0} * interval '1 day' as "end"`,
  );
  invariant(clock, "the database knows the time");
  const end = inDays === null ? until : new Date(clock.end).toISOString();
  const made = await performNow(
    deps,
    { kind: "issue_key", accountId, fields: { name, scopes, until: end } },
    by,
  );
  if (!made.ok) return made;
  invariant(made.value.kind === "done" && made.value.aftermath.secret, "a key waits for nobody");
  return ok(made.value.aftermath.secret);
}

/** Revokes an API key, as the desk's act does it: among the acts of its account, where it has one. */
export async function endKey(
  deps: ActDeps,
  keyId: string,
  by: ByOperator,
): Promise<Result<Performed, ActRefusal>> {
  const { onlyAccountId } = apiKeys;
  const [key] = await deps.db.select({ onlyAccountId }).from(apiKeys).where(eq(apiKeys.id, keyId));
  if (!key) return err({ code: "subject_not_found" });
  const fields = { key: toPublicId("apiKey", keyId) };
  return performNow(deps, { kind: "revoke_key", accountId: key.onlyAccountId, fields }, by);
}

/** Performs an act as it would be at this moment. */
async function performNow(
  deps: ActDeps,
  request: Request,
  by: ByOperator,
): Promise<Result<Performed, ActRefusal>> {
  const seen = await previewAct(deps, request, by.operatorId);
  return seen.ok ? performAct(deps, { request, ...by, basis: seen.value.basis }) : seen;
}
