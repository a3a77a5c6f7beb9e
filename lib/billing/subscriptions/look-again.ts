import { and, asc, eq, inArray, isNotNull, isNull, lte, ne, sql } from "drizzle-orm";
import { accounts, attentionItems, stripeEvents } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { isNobodysTrouble } from "../../ledger/each-account";
import { invariant } from "../../result";
import { lockAccount } from "../account";
import { resolveAttention } from "../attention/items";
import type { AttentionObject, AttentionReason } from "../attention/reasons";
import { askRefusedAgain } from "../cards/refused";
import type { BillingDeps } from "../deps";
import { syncSubscription } from "./sync";
import { lookAtUnknownCustomer } from "./unknown-customer";

type Item = typeof attentionItems.$inferSelect;

const isDue = and(ne(attentionItems.state, "resolved"), lte(attentionItems.nextLookAt, sql`now()`));

/** After 10 minutes, then ever more rarely, a day apart at most. */
const NEXT_LOOK = {
  looks: sql`least(${attentionItems.looks} + 1, 1000)`,
  nextLookAt: sql`now() + least(interval '10 minutes' * power(2, least(${attentionItems.looks} + 1, 20)), interval '1 day')`,
};

/** Accounts with something that needs attention and is due to be looked at again, the longest due first. */
export async function listAccountsToLookAt(
  { db }: Pick<BillingDeps, "db">,
  most: number,
): Promise<readonly { readonly accountId: string }[]> {
  const due = await db
    .select({ accountId: sql<string>`${attentionItems.accountId}` })
    .from(attentionItems)
    .where(and(isDue, isNotNull(attentionItems.accountId)))
    .groupBy(attentionItems.accountId)
    .orderBy(asc(sql`min(${attentionItems.nextLookAt})`))
    .limit(most);
  return due;
}

/**
 * Asks Stripe again about an account with something that needs attention: whoever syncs it resolves what is right again. The
 * next look is set first, so that one account's trouble keeps no other from its turn.
 */
export async function lookAgain(
  deps: BillingDeps,
  { accountId }: { readonly accountId: string },
): Promise<void> {
  // Under the account's lock, as whoever syncs it writes several of its items as well, in an order of their own.
  await transact(deps.db, async (tx) => {
    await lockAccount(tx, accountId);
    await tx
      .update(attentionItems)
      .set(NEXT_LOOK)
      .where(and(eq(attentionItems.accountId, accountId), isDue));
  });
  await syncSubscription(deps, { accountId });
  await askRefusedAgain(deps, { accountId });
}

/** Looks again at what was nobody's: its customer may be known by now, or its event handled. Returns how many. */
export async function lookAgainAtNobodys(deps: BillingDeps, most: number): Promise<number> {
  const { db } = deps;
  const due = await db
    .select({ id: attentionItems.id })
    .from(attentionItems)
    .where(and(isDue, isNull(attentionItems.accountId)))
    .orderBy(asc(attentionItems.nextLookAt))
    .limit(most);
  if (due.length === 0) return 0;
  const ids = due.map(({ id }) => id);
  const items = await transact(db, (tx) =>
    tx.update(attentionItems).set(NEXT_LOOK).where(inArray(attentionItems.id, ids)).returning(),
  );
  for (const item of items) {
    try {
      await lookAt(deps, item);
    } catch (error) {
      if (isNobodysTrouble(error)) throw error;
      deps.log.error({ err: error, reason: item.reason }, "what is nobody's could not be looked at again");
    }
  }
  return items.length;
}

async function lookAt(deps: BillingDeps, item: Item): Promise<void> {
  const accountId = await findAccount(deps, item);
  if (accountId) await syncSubscription(deps, { accountId });
  if (accountId || (await isHandled(deps, item))) return resolve(deps, item);
  const { customer } = item.details;
  if (item.reason === "paid_under_unknown_customer" && typeof customer === "string")
    await lookAtUnknownCustomer(deps, customer);
}

/** Whose customer it is by now. */
async function findAccount({ db }: BillingDeps, { details }: Item): Promise<string | null> {
  const { customer } = details;
  if (typeof customer !== "string") return null;
  const [account] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.stripeCustomerId, customer));
  return account?.id ?? null;
}

/** What a webhook told: the event, or all there are of a version of the API. */
async function isHandled({ db }: BillingDeps, { objectKind, objectId }: Item): Promise<boolean> {
  if (objectKind === "api_version") {
    const { apiVersion, handledAt } = stripeEvents;
    return (await db.$count(stripeEvents, and(eq(apiVersion, objectId), isNull(handledAt)))) === 0;
  }
  if (objectKind !== "event") return false;
  const [event] = await db
    .select({ handledAt: stripeEvents.handledAt })
    .from(stripeEvents)
    .where(eq(stripeEvents.id, objectId));
  return event !== undefined && event.handledAt !== null;
}

const resolve = ({ db, log }: BillingDeps, item: Item): Promise<void> =>
  transact(db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    invariant(clock, "the database has a clock");
    await resolveAttention(tx, {
      accountId: null,
      object: item.objectKind as AttentionObject,
      id: item.objectId,
      reason: item.reason as AttentionReason,
      now: new Date(clock.now),
      log,
    });
  });
