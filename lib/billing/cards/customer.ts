import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import {
  accounts,
  billingDetails,
  type CustomerRequest,
  memberships,
  paymentMethods,
  planPayments,
  users,
} from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import { keepEvents } from "../keep-events";

type CustomerRef = { readonly accountId: string; readonly customerId: string };

/**
 * The account's Stripe customer, made on first use, once, and anew after somebody deleted it at Stripe; null when Stripe
 * could not say.
 */
export async function ensureCustomer(deps: BillingDeps, accountId: string): Promise<string | null> {
  const known = await findOwner(deps, accountId);
  if (!known?.customerId) return known ? createCustomer(deps, accountId, known) : null;
  switch (await forgetIfDeleted(deps, { accountId, customerId: known.customerId })) {
    case "kept":
      return known.customerId;
    case "unknown":
      return null;
    case "forgotten": {
      const again = await findOwner(deps, accountId);
      return again ? (again.customerId ?? createCustomer(deps, accountId, again)) : null;
    }
  }
}

type Owner = {
  readonly customerId: string | null;
  readonly formerCustomers: number;
  readonly name: string;
  readonly email: string;
};

async function findOwner({ db }: BillingDeps, accountId: string): Promise<Owner | null> {
  const [row] = await db
    .select({
      customerId: accounts.stripeCustomerId,
      formerCustomers: accounts.formerCustomers,
      name: accounts.name,
      email: users.email,
    })
    .from(accounts)
    .innerJoin(memberships, and(eq(memberships.accountId, accounts.id), eq(memberships.role, "owner")))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(accounts.id, accountId))
    .orderBy(asc(memberships.createdAt), asc(users.id))
    .limit(1);
  return row ?? null;
}

async function createCustomer(deps: BillingDeps, accountId: string, owner: Owner): Promise<string | null> {
  const { formerCustomers } = owner;
  const request = await storeRequest(deps, accountId, owner);
  // One key for each customer: under the first one's Stripe would answer with the deleted customer for a day. And not that
  // of earlier releases, which stored nothing of what they asked with.
  const key = `account:${accountId}:customer:${formerCustomers}`;
  const asked = await deps.gateway.createCustomer({ key, accountId, ...request });
  if (asked.kind !== "answered") {
    deps.log.warn({ accountId, asked }, "the payment provider did not create a customer");
    return null;
  }
  const { id } = asked.value;
  const stored = await transact(deps.db, async (tx) => {
    const { account } = await lockAccount(tx, accountId);
    if (account.stripeCustomerId) return account.stripeCustomerId;
    if (account.formerCustomers !== formerCustomers) return null; // Made and deleted again before this answer came.
    await tx
      .update(accounts)
      .set({ stripeCustomerId: id, customerRequest: null })
      .where(eq(accounts.id, accountId));
    await markDetailsUntold(tx, accountId);
    return id;
  });
  if (stored === id && (request.name !== owner.name || request.email !== owner.email)) {
    await tellWho(deps, id, owner);
    await markDetailsUntold(deps.db, accountId); // Their name goes before the account's.
  }
  return stored;
}

/** A new customer at Stripe has none of the billing details that were entered before: the sweep tells them. */
const markDetailsUntold = (db: Pick<Tx, "update">, accountId: string) =>
  db
    .update(billingDetails)
    .set({ toldVersion: 0, nextTellAt: sql`now()` })
    .where(eq(billingDetails.accountId, accountId));

/**
 * What to ask Stripe for a customer with, stored before it is asked: after a lost answer the same is sent again under the
 * same key, whatever became of name and e-mail meanwhile. Stripe refuses a key with anything else for a day.
 */
const storeRequest = (
  deps: BillingDeps,
  accountId: string,
  { name, email }: Owner,
): Promise<CustomerRequest> =>
  transact(deps.db, async (tx) => {
    const { account } = await lockAccount(tx, accountId);
    if (account.customerRequest) return account.customerRequest;
    const request = { name, email };
    if (!account.stripeCustomerId)
      await tx.update(accounts).set({ customerRequest: request }).where(eq(accounts.id, accountId));
    return request;
  });

/** Name and e-mail that changed while the answer was out. Unheard, the customer has the former ones, and changes them in the portal. */
async function tellWho({ gateway, log }: BillingDeps, id: string, { name, email }: Owner): Promise<void> {
  const told = await gateway.updateCustomer(id, { name, email });
  if (told.kind !== "answered")
    log.warn({ customerId: id, asked: told }, "a customer's name and e-mail were not brought up to date");
}

/**
 * Asks Stripe whether a customer was deleted. Then what it subscribed to is over, its cards are gone, and the account
 * has no customer until it needs one again. `also` runs in the transaction that forgets it.
 */
export async function forgetIfDeleted(
  deps: BillingDeps,
  ref: CustomerRef,
  also?: (tx: Tx) => Promise<void>,
): Promise<"kept" | "forgotten" | "unknown"> {
  // One that never was, as with the key of another Stripe account, is refused: nobody's plan may end because of it.
  const asked = refusedIsUnknown(await deps.gateway.findCustomer(ref.customerId));
  if (asked.kind !== "answered") {
    deps.log.warn({ ...ref, asked }, "the payment provider did not say whether a customer is there");
    return "unknown";
  }
  if (!asked.value.deleted) return "kept";
  // Its last invoices are read before nobody knows any more whose they were.
  const { facts } = await deps.syncSubscription(deps, ref, {
    also: async (tx) => {
      await forget(tx, ref);
      await also?.(tx);
    },
  });
  return facts ? "forgotten" : "unknown";
}

async function forget(tx: Tx, { accountId, customerId }: CustomerRef): Promise<void> {
  const { account, now } = await lockAccount(tx, accountId);
  if (account.stripeCustomerId !== customerId) return;
  await keepEvents(tx, { accountId, customerId });
  // Nobody can pay any more for what it subscribed to.
  await tx
    .update(planPayments)
    .set({
      status: "canceled",
      endedAt: now,
      updatedAt: now,
      voidPending: sql`${planPayments.kind} = 'upgrade'`,
    })
    .where(and(eq(planPayments.accountId, accountId), isNull(planPayments.endedAt)));
  await tx.delete(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  await tx
    .update(accounts)
    .set({
      stripeCustomerId: null,
      customerRequest: null,
      defaultPaymentMethodId: null,
      customerBalanceCents: 0n,
      adoptingCardId: null,
      adoptingCardAt: null,
      formerCustomers: sql`${accounts.formerCustomers} + 1`,
    })
    .where(eq(accounts.id, accountId));
}
