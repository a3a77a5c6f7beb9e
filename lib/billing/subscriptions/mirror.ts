import { and, eq, inArray, isNull, notInArray, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { prepareOnce } from "../../../db/prepare-once";
import {
  accounts,
  invoiceLines,
  invoices,
  pendingLines,
  subscriptionItems,
  subscriptionOwners,
  subscriptions,
} from "../../../db/schema";
import type { BillingFacts, InvoiceFact, LineFact, SubscriptionFact } from "../facts";
import { isCanceledByCustomer } from "./cancellations";
import { findOwnItems, type ItemRow, readAsOurs, readItems, soldBy } from "./item-readings";
import { declinedCards, toInvoiceColumns, toLineRow, toSubscriptionColumns } from "./mirror-rows";
import { putChanged } from "./upsert";

export type Stored = {
  /** Subscriptions that are another account's: nothing of them was stored. */
  readonly ofOtherAccounts: readonly string[];
  /** What was stored until now: all subscriptions, and the invoices that were read. */
  readonly before: Before;
};

/**
 * A step: keeps what Stripe said of an account's billing, under the account's lock. What was not read stays as it was: a
 * subscription ends when Stripe says so or its customer was deleted, an item that is not there any more is marked, and how
 * a line was read is fixed once what it gives was decided. Only what changed is written, one statement for each table.
 */
export async function storeFacts(
  tx: Tx,
  accountId: string,
  facts: BillingFacts,
  { now }: { readonly now: Date },
): Promise<Stored> {
  const before = await readBefore(tx, accountId, facts);
  const ofOtherAccounts = await claim(tx, accountId, facts.subscriptions.map((each) => each.id).toSorted());
  const isForeign = (id: string | null) => id !== null && ofOtherAccounts.includes(id);
  const read = facts.subscriptions.filter(({ id }) => !isForeign(id));
  const billed = facts.invoices.filter(({ subscriptionId }) => !isForeign(subscriptionId));
  const own = new Set<string>();
  const lines = billed.flatMap((each) => each.lines);
  const items = read.map((fact) => {
    const kept = {
      subscription: before.subscriptions.find((each) => each.id === fact.id),
      items: before.items.filter((each) => each.subscriptionId === fact.id),
    };
    const ours = findOwnItems(fact, kept);
    for (const id of ours) own.add(id);
    return readItems(accountId, fact, { own: ours, lines, before: kept, now });
  });
  await putSubscriptions(tx, accountId, before, read, items);
  await putChanged(tx, subscriptionItems, {
    rows: items.flat(),
    kept: before.items,
    key: ["accountId", "subscriptionId", "id"],
  });
  await putInvoices(tx, accountId, before, billed, now);
  await putLines(tx, accountId, before, billed, own);
  await putPendingLines(
    tx,
    accountId,
    before,
    facts.pendingLines.filter(({ subscriptionId }) => !isForeign(subscriptionId)).map(nameOwn(own)),
  );
  await noteNotFound(tx, accountId, facts.notFound, now);
  if (facts.customerDeleted) await endAll(tx, accountId, now);
  await tx.update(accounts).set({ billingReadAt: now }).where(eq(accounts.id, accountId));
  return { ofOtherAccounts, before };
}

type Of = { readonly accountId: string };
const keptSubscriptions = prepareOnce(["accountId"], (db, { accountId }: Of) =>
  db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId)).prepare("kept_subscriptions"),
);
const keptItems = prepareOnce(["accountId"], (db, { accountId }: Of) =>
  db.select().from(subscriptionItems).where(eq(subscriptionItems.accountId, accountId)).prepare("kept_items"),
);
const keptPendingLines = prepareOnce(["accountId"], (db, { accountId }: Of) =>
  db.select().from(pendingLines).where(eq(pendingLines.accountId, accountId)).prepare("kept_pending_lines"),
);

export type Before = Awaited<ReturnType<typeof readBefore>>;

async function readBefore(tx: Tx, accountId: string, facts: BillingFacts) {
  const ids = facts.invoices.map((each) => each.id);
  const [kept, items, billed, lines, waiting] = await Promise.all([
    keptSubscriptions(tx, { accountId }),
    keptItems(tx, { accountId }),
    ids.length > 0
      ? tx
          .select()
          .from(invoices)
          .where(and(eq(invoices.accountId, accountId), inArray(invoices.id, ids)))
      : [],
    ids.length > 0
      ? tx
          .select()
          .from(invoiceLines)
          .where(and(eq(invoiceLines.accountId, accountId), inArray(invoiceLines.invoiceId, ids)))
      : [],
    keptPendingLines(tx, { accountId }),
  ]);
  return { subscriptions: kept, items, invoices: billed, lines, pendingLines: waiting };
}

/** Makes subscriptions this account's that are nobody's, in the order of their ids. Answers with those of other accounts. */
async function claim(tx: Tx, accountId: string, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const owners = () =>
    tx
      .select()
      .from(subscriptionOwners)
      .where(inArray(subscriptionOwners.subscriptionId, [...ids]));
  const known = await owners();
  const unknown = ids.filter((id) => !known.some((each) => each.subscriptionId === id));
  if (unknown.length > 0) {
    await tx
      .insert(subscriptionOwners)
      .values(unknown.map((subscriptionId) => ({ subscriptionId, accountId })))
      .onConflictDoNothing();
  }
  const all = unknown.length > 0 ? await owners() : known;
  return all.filter((each) => each.accountId !== accountId).map((each) => each.subscriptionId);
}

function putSubscriptions(
  tx: Tx,
  accountId: string,
  before: Before,
  facts: readonly SubscriptionFact[],
  items: readonly (readonly ItemRow[])[],
): Promise<void> {
  const rows = facts.map((fact, index) => {
    const row = before.subscriptions.find((each) => each.id === fact.id);
    return {
      accountId,
      id: fact.id,
      isPrimary: row?.isPrimary ?? false,
      ...toSubscriptionColumns(fact),
      canceledByCustomer: isCanceledByCustomer(fact, row),
      ...sales(fact, items[index] ?? [], row),
    };
  });
  return putChanged(tx, subscriptions, { rows, kept: before.subscriptions, key: ["accountId", "id"] });
}

/** What the account's pages say of a subscription: of the item that gives the plan. Where none is left, as it was. */
function sales(
  fact: SubscriptionFact,
  items: readonly ItemRow[],
  before: Before["subscriptions"][number] | undefined,
) {
  const item = soldBy(items);
  const coming = fact.schedule?.next[0]?.items ?? [];
  const next = coming.find(({ price }) => price.reading.kind === "plan") ?? coming[0];
  const isOther = next && next.price.priceId !== item?.priceId;
  const reads = isOther && next.price.reading.kind === "plan" ? next.price.reading : null;
  const nextCents = reads && next ? next.price.unitCents : null;
  return {
    plan: item ? (item.plan ?? item.knownPlan) : (before?.plan ?? null),
    interval: item ? (item.interval ?? item.knownInterval) : (before?.interval ?? null),
    creditsPerCycle: item
      ? (item.creditsPerMonth ?? item.knownCreditsPerMonth)
      : (before?.creditsPerCycle ?? null),
    priceId: item ? item.priceId : (before?.priceId ?? null),
    priceCents: item ? item.unitCents : (before?.priceCents ?? null),
    itemId: item ? item.id : (before?.itemId ?? null),
    periodStart: item ? item.periodStart : (before?.periodStart ?? null),
    periodEnd: item ? item.periodEnd : (before?.periodEnd ?? null),
    nextPlan: nextCents !== null ? (reads?.plan ?? null) : null,
    nextInterval: nextCents !== null ? (reads?.interval ?? null) : null,
    nextPriceCents: nextCents,
    nextCreditsPerCycle: nextCents !== null ? (reads?.creditsPerMonth ?? null) : null,
  };
}

function putInvoices(
  tx: Tx,
  accountId: string,
  before: Before,
  facts: readonly InvoiceFact[],
  now: Date,
): Promise<void> {
  const rows = facts.map((fact) => {
    const row = before.invoices.find((each) => each.id === fact.id);
    const paidSeenAt = row?.paidSeenAt ?? (fact.status === "paid" ? now : null);
    // A credit note from after the payment may have paid something back: the sweep looks.
    const isNoted = notesAfterPayment(fact) > (row ? notesAfterPayment(row) : 0n);
    return {
      accountId,
      ...toInvoiceColumns(fact),
      declinedCards: declinedCards(fact, row),
      paidSeenAt,
      nextReturnsReadAt: isNoted ? now : (row?.nextReturnsReadAt ?? null),
    };
  });
  return putChanged(tx, invoices, { rows, kept: before.invoices, key: ["accountId", "id"] });
}

const notesAfterPayment = ({ creditNotesCents, prePaymentNotesCents }: Notes): bigint =>
  (creditNotesCents ?? 0n) - (prePaymentNotesCents ?? creditNotesCents ?? 0n);
type Notes = { readonly creditNotesCents: bigint | null; readonly prePaymentNotesCents: bigint | null };

const nameOwn =
  (own: ReadonlySet<string>) =>
  (line: LineFact): LineFact =>
    line.price && line.itemId !== null && own.has(line.itemId)
      ? { ...line, price: readAsOurs(line.price) }
      : line;

async function putLines(
  tx: Tx,
  accountId: string,
  before: Before,
  facts: readonly InvoiceFact[],
  own: ReadonlySet<string>,
): Promise<void> {
  const name = nameOwn(own);
  const keyOf = (invoiceId: string, id: string) => `${invoiceId} ${id}`;
  const kept = new Map(before.lines.map((each) => [keyOf(each.invoiceId, each.id), each]));
  const rows = facts.flatMap((invoice) =>
    invoice.lines.map((line, position) => {
      const row = kept.get(keyOf(invoice.id, line.id));
      const fixed = row?.decidedAt && !row.assumed ? asDecided(row) : {};
      return { accountId, invoiceId: invoice.id, position, ...toLineRow(name(line)), ...fixed };
    }),
  );
  const read = new Set(rows.map((each) => keyOf(each.invoiceId, each.id)));
  const gone = before.lines.filter(
    (each) => each.decidedAt === null && !read.has(keyOf(each.invoiceId, each.id)),
  );
  if (gone.length > 0) {
    const ids = gone.map((each) => each.id);
    const invoiceIds = [...new Set(gone.map((each) => each.invoiceId))];
    await tx
      .delete(invoiceLines)
      .where(
        and(
          eq(invoiceLines.accountId, accountId),
          inArray(invoiceLines.invoiceId, invoiceIds),
          inArray(invoiceLines.id, ids),
          isNull(invoiceLines.decidedAt),
        ),
      );
  }
  await putChanged(tx, invoiceLines, { rows, kept: before.lines, key: ["accountId", "invoiceId", "id"] });
}

/** How a line was read when what it gives was decided. */
const asDecided = ({
  plan,
  interval,
  creditsPerMonth,
  unreadableReason,
  quantity,
}: Before["lines"][number]) => ({ plan, interval, creditsPerMonth, unreadableReason, quantity });

async function putPendingLines(
  tx: Tx,
  accountId: string,
  before: Before,
  facts: readonly LineFact[],
): Promise<void> {
  const rows = facts.map((each) => ({ accountId, ...toLineRow(each) }));
  const gone = before.pendingLines.filter((row) => !rows.some((each) => each.id === row.id));
  if (gone.length > 0) {
    const ids = gone.map((each) => each.id);
    await tx
      .delete(pendingLines)
      .where(and(eq(pendingLines.accountId, accountId), inArray(pendingLines.id, ids)));
  }
  await putChanged(tx, pendingLines, { rows, kept: before.pendingLines, key: ["accountId", "id"] });
}

/** Stripe has not what it had: the rows stay as they were, and say since when. */
async function noteNotFound(tx: Tx, accountId: string, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  for (const table of [subscriptions, invoices]) {
    await tx
      .update(table)
      .set({ notFoundAt: now })
      .where(and(eq(table.accountId, accountId), inArray(table.id, [...ids]), isNull(table.notFoundAt)));
  }
}

/** With a customer that was deleted, all that it subscribed to has ended. */
async function endAll(tx: Tx, accountId: string, now: Date): Promise<void> {
  await tx
    .update(subscriptions)
    .set({
      status: "canceled",
      endedAt: sql`coalesce(${subscriptions.endedAt}, ${sql.param(now, subscriptions.endedAt)})`,
    })
    .where(
      and(
        eq(subscriptions.accountId, accountId),
        notInArray(subscriptions.status, ["canceled", "incomplete_expired"]),
      ),
    );
}
