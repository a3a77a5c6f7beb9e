import type { SecurityEventDeps } from "../../auth/security-events";
import { fromPublicId, toPublicId } from "../../ids";
import { readSeqCursor } from "../../page-cursor";
import { listLedger, NO_FILTER } from "../ledger";
import { listTimeline, readTimelineCursor, TIMELINE_KINDS, writeTimelineCursor } from "../timeline";
import { inColumns, instant, notThere, type Said } from "./said";
import { type Looking, lookAt, NO_ACCOUNT } from "./show";

type Asked = { readonly account: string; readonly before: string | null };

/** `timeline acct_…`: what happened, newest first; with `kind` of one kind alone. */
export async function sayTimeline(
  deps: SecurityEventDeps,
  operator: Looking,
  { account: id, before, kind }: Asked & { readonly kind: string | null },
): Promise<Said> {
  const known = TIMELINE_KINDS.find((each) => each === kind);
  if (kind !== null && !known)
    return notThere(`There is no such kind. There are: ${TIMELINE_KINDS.join(", ")}.`);
  const account = await lookAt(deps, operator, id);
  if (!account) return notThere(NO_ACCOUNT);
  const page = await listTimeline(deps.db, account, {
    before: readTimelineCursor(before),
    ...(known && { kinds: [known] }),
  });
  const next = page.nextCursor && writeTimelineCursor(page.nextCursor);
  const rows = page.rows.map(({ at, data }) => {
    const { what, ...rest } = data;
    const facts = Object.entries(rest).filter(([, value]) => value !== null);
    return [instant(at), what, facts.map(([name, value]) => `${name}=${value}`).join("  ")];
  });
  return {
    lines: [
      ...(rows.length > 0 ? inColumns(["when", "what", ""], rows) : ["Nothing happened."]),
      ...(next ? ["", `Older: --before ${next}`] : []),
    ],
    json: { rows: page.rows, next },
    isThere: true,
  };
}

/** `ledger acct_…`: its entries, newest first; with `grant` or `reference` those alone. */
export async function sayLedger(
  deps: SecurityEventDeps,
  operator: Looking,
  {
    account: id,
    before,
    grant,
    reference,
  }: Asked & { readonly grant: string | null; readonly reference: string | null },
): Promise<Said> {
  const grantId = fromPublicId("grant", grant);
  if (grant !== null && !grantId) return notThere("A grant is named by its id: grt_ and 32 digits.");
  const account = await lookAt(deps, operator, id);
  if (!account) return notThere(NO_ACCOUNT);
  const filter = { ...NO_FILTER, grantId, reference };
  const page = await listLedger(deps.db, account.accountId, filter, { before: readSeqCursor(before) });
  const rows = page.lines.map((each) => [
    each.seq.toString(),
    instant(each.at),
    `${each.from} > ${each.to}`,
    each.credits.toString(),
    each.grant ? toPublicId("grant", each.grant.id) : "",
    [each.command?.kind, each.actor?.kind, each.actor?.name, each.reason, each.category, each.reference]
      .filter(Boolean)
      .join(", "),
  ]);
  return {
    lines: [
      ...(rows.length > 0
        ? inColumns(["number", "at", "movement", "credits", "grant", "why"], rows)
        : ["No such entries."]),
      ...(page.nextCursor === null ? [] : ["", `Older: --before ${page.nextCursor}`]),
    ],
    json: { entries: page.lines, next: page.nextCursor },
    isThere: true,
  };
}
