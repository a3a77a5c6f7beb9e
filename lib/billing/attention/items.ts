import { and, eq, inArray, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { attentionItems } from "../../../db/schema";
import { newId, toPublicId } from "../../ids";
import { toPlainLine } from "../../plain-text";
import type { BillingLog } from "../deps";
import { type AttentionObject, type AttentionReason, sentencesOf } from "./reasons";

/** What is the matter with one object of Stripe's. */
export type Attention<Reason extends AttentionReason = AttentionReason> = {
  readonly object: AttentionObject;
  /** Stripe's. */
  readonly id: string;
  readonly reason: Reason;
  /** A few names and values beside it. Where they change, it is another matter: who had acknowledged it is asked again. */
  readonly details?: Details;
};
type Details = Readonly<Record<string, string | number | bigint | boolean | Date | null>>;

type Row = typeof attentionItems.$inferInsert;
type Known = typeof attentionItems.$inferSelect;

/** From being opened to the first time Stripe is asked again because of it. */
const FIRST_LOOK_MS = 10 * 60_000;
const MAX_LENGTH = 200;

/**
 * A step, under the account's lock: makes the account's items of the reasons in `owns` those that were `found`. New ones are
 * opened and logged as an error, once; those found again are seen; what is not found any more is resolved; what comes back,
 * or was acknowledged and is different now, is open again and logged again. Reasons that are not in `owns` are left alone.
 */
export async function syncAttention<Reason extends AttentionReason>(
  tx: Tx,
  {
    accountId,
    owns,
    among,
    found,
    now,
    log,
  }: {
    readonly accountId: string;
    readonly owns: readonly Reason[];
    /** Items of other objects than these are left alone; without it there are none. */
    readonly among?: readonly string[];
    readonly found: readonly Attention<NoInfer<Reason>>[];
    readonly now: Date;
    readonly log: BillingLog;
  },
): Promise<void> {
  const unresolved = ne(attentionItems.state, "resolved");
  const again = inArray(
    attentionItems.objectId,
    found.map(({ id }) => toText(id)),
  );
  const known = await tx
    .select()
    .from(attentionItems)
    .where(
      and(
        eq(attentionItems.accountId, accountId),
        inArray(attentionItems.reason, [...owns]),
        among ? inArray(attentionItems.objectId, among.map(toText)) : undefined,
        found.length > 0 ? or(unresolved, again) : unresolved,
      ),
    )
    .for("update"); // An operator may acknowledge one at the same time.
  await write(tx, { accountId, known, found, now, log });
  const seen = new Set(found.map(keyOf));
  const gone = known.filter((each) => each.state !== "resolved" && !seen.has(keyOfRow(each)));
  await resolve(tx, gone, now, log);
}

/**
 * A step: opens an item, or sees it again, beside whatever else there is of the account or of nobody. It stays until
 * `resolveAttention`, or until `syncAttention` is called for its reason and does not find it. Of nobody where `accountId` is
 * null.
 */
export async function openAttention(
  tx: Reader & Pick<Tx, "insert">,
  {
    accountId,
    now,
    log,
    ...found
  }: Attention & { readonly accountId: string | null; readonly now: Date; readonly log: BillingLog },
): Promise<void> {
  const known = await tx
    .select()
    .from(attentionItems)
    .where(isItem({ accountId, ...found }))
    .for("update");
  await write(tx, { accountId, known, found: [found], now, log });
}

/** A step: the facts are right again. Nothing where there is no such item, or it was resolved before. */
export async function resolveAttention(
  tx: Reader & Pick<Tx, "update">,
  {
    now,
    log,
    ...item
  }: Omit<Attention, "details"> & {
    readonly accountId: string | null;
    readonly now: Date;
    readonly log: BillingLog;
  },
): Promise<void> {
  const known = await tx
    .select()
    .from(attentionItems)
    .where(and(isItem(item), ne(attentionItems.state, "resolved")))
    .for("update");
  await resolve(tx, known, now, log);
}

const isItem = (item: Omit<Attention, "details"> & { accountId: string | null }): SQL | undefined =>
  and(
    item.accountId === null ? isNull(attentionItems.accountId) : eq(attentionItems.accountId, item.accountId),
    eq(attentionItems.objectKind, item.object),
    eq(attentionItems.objectId, toText(item.id)),
    eq(attentionItems.reason, item.reason),
  );

type Writing = {
  readonly accountId: string | null;
  readonly known: readonly Known[];
  readonly found: readonly Attention[];
  readonly now: Date;
  readonly log: BillingLog;
};

async function write(tx: Pick<Tx, "insert">, { accountId, known, found, now, log }: Writing): Promise<void> {
  const knownBy = new Map(known.map((each) => [keyOfRow(each), each]));
  const each = new Map(found.map((item) => [keyOf(item), item]));
  if (each.size === 0) return;
  const written = [...each].map(([key, item]) => rowOf(accountId, item, knownBy.get(key), now));
  const { id: _, accountId: of, objectKind, objectId, reason, ...changes } = attentionItems;
  // Somebody else may have opened the same without the lock since it was looked for: never a reason to fail.
  await tx
    .insert(attentionItems)
    .values(written.map(({ row }) => row))
    .onConflictDoUpdate({ target: [of, objectKind, objectId, reason], set: excluded(changes) });
  for (const { row, isNews } of written) if (isNews) tell(log, row);
}

const CHANGED = [
  "details",
  "state",
  "since",
  "lastSeen",
  "resolvedAt",
  "acknowledgedAt",
  "timesOpened",
  "timesLogged",
  "loggedAt",
  "nextLookAt",
  "looks",
] as const;

const excluded = (columns: Readonly<Record<(typeof CHANGED)[number], { readonly name: string }>>) =>
  Object.fromEntries(CHANGED.map((each) => [each, sql.raw(`excluded.${columns[each].name}`)]));

function rowOf(
  accountId: string | null,
  { object, id, reason, details = {} }: Attention,
  known: Known | undefined,
  now: Date,
): { readonly row: Row & { readonly since: Date }; readonly isNews: boolean } {
  const of = { accountId, objectKind: object, objectId: toText(id), reason, details: toPlain(details) };
  const isNews =
    known === undefined ||
    known.state === "resolved" ||
    (known.state === "acknowledged" && !isSame(known.details, of.details));
  if (!isNews) {
    const lastSeen = known.lastSeen > now ? known.lastSeen : now;
    return { row: { ...known, ...of, lastSeen }, isNews };
  }
  // What was acknowledged has been so all the time; what was resolved begins anew.
  const since = known?.state === "acknowledged" ? known.since : now;
  const opened: Row & { since: Date } = {
    id: known?.id ?? newId(),
    ...of,
    state: "open",
    since,
    lastSeen: since > now ? since : now,
    resolvedAt: null,
    acknowledgedAt: null,
    timesOpened: (known?.timesOpened ?? 0) + 1,
    timesLogged: (known?.timesLogged ?? 0) + 1,
    loggedAt: now,
    nextLookAt: new Date(now.getTime() + FIRST_LOOK_MS),
    looks: 0,
  };
  return { row: opened, isNews };
}

async function resolve(
  tx: Pick<Tx, "update">,
  items: readonly Known[],
  now: Date,
  log: BillingLog,
): Promise<void> {
  if (items.length === 0) return;
  await tx
    .update(attentionItems)
    .set({ state: "resolved", resolvedAt: now, acknowledgedAt: null })
    .where(
      inArray(
        attentionItems.id,
        items.map(({ id }) => id),
      ),
    );
  for (const item of items) log.info(factsOf(item), "what needed attention is right again");
}

/** Logs an item as an error, in the operator's sentences. */
export function tell(log: BillingLog, item: Row & { readonly since: Date }): void {
  const { matter, toDo } = sentencesOf(item.reason);
  log.error({ ...factsOf(item), details: item.details, toDo }, `needs attention: ${matter}`);
}

const factsOf = (item: Row & { readonly since: Date }) => ({
  attention: toPublicId("attention", item.id),
  accountId: item.accountId,
  reason: item.reason,
  [item.objectKind]: item.objectId,
  since: item.since,
});

const keyOf = ({ object, id, reason }: Omit<Attention, "details">) =>
  JSON.stringify([object, toText(id), reason]);
const keyOfRow = ({ objectKind, objectId, reason }: Known) => JSON.stringify([objectKind, objectId, reason]);

/** What cannot be stored must not keep money from being settled. */
const toText = (text: string): string => toPlainLine(text, MAX_LENGTH);

function toPlain(details: Details): Row["details"] {
  return Object.fromEntries(
    Object.entries(details)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [toText(name), plain(value)]),
  );
}

function plain(value: Details[string]): Row["details"][string] {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? toText(value) : value;
}

const isSame = (a: Row["details"], b: Row["details"]): boolean =>
  JSON.stringify(toPlain(a)) === JSON.stringify(toPlain(b));
