import { eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { invoices, providerLists } from "../../../../db/schema";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { deskAt } from "../../../../dev/testing/desk";
import { keepNewEvents } from "../../../../dev/testing/new-events";
import { numbersFrom, pickTellings, type Telling } from "../../../../dev/testing/orders-of-events";
import { openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { toPublicId } from "../../../ids";
import { handleEvent } from "../../handle-event";
import { sweepReturns } from "../../orders/returns/sweep";

const shop = openPlanShop();
const desk = deskAt(shop);
const atStripe = atStripeOf(shop);
afterEach(() => expectBooksBalance(shop.db));

/** Orders of the six events, as for orders: so many by seed in each situation, or all 720. */
const { RETURNS_ORDERS, RETURNS_SEED } = process.env;
const SEED = Number(RETURNS_SEED ?? Date.now() % 1_000_000);
const HOW_MANY = RETURNS_ORDERS === "all" ? "all" : Number(RETURNS_ORDERS ?? 1);
const PATIENCE_MS = 300_000;
const next = numbersFrom(SEED);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const SPENT = 10_000_000n;
const PAID_CENTS = 29_900n;
const RETURNED_CENTS = 12_345n;
const REVOKED = (STARTER * RETURNED_CENTS) / PAID_CENTS;

type Scene = { readonly charge: string; readonly made: Map<string, string> };

/** A part refunded, all of it disputed and won on appeal, another part refunded, and the first refund fails. */
const ACTS: readonly ((scene: Scene) => Promise<unknown>)[] = [
  async ({ charge, made }) =>
    made.set("first", (await atStripe(`charges/${charge}/refund`, { amount: 9_000 })).id),
  async ({ charge, made }) =>
    made.set("dispute", (await atStripe(`charges/${charge}/dispute`, { amount: 20_900 })).id),
  ({ made }) => atStripe(`disputes/${made.get("dispute")}/lose`),
  async ({ made }) => {
    await atStripe(`disputes/${made.get("dispute")}/appeal`);
    await atStripe(`disputes/${made.get("dispute")}/win`);
  },
  async ({ charge, made }) =>
    made.set("second", (await atStripe(`charges/${charge}/refund`, { amount: Number(RETURNED_CENTS) })).id),
  ({ made }) => atStripe(`refunds/${made.get("first")}/fail`),
];

type End = { readonly remaining: bigint; readonly frozen: bigint; readonly owed: bigint };
const more = (a: bigint, b: bigint) => (a > b ? a : b);
const planGrantOf = async ({ accountId }: Subscriber): Promise<string> => {
  const [row] = await shop.owner`select grant_id from allowances
    where account_id = ${accountId} and subscription_id is not null`;
  return row?.grant_id;
};

const SITUATIONS: readonly (readonly [string, (who: Subscriber) => Promise<unknown>, End])[] = [
  ["unspent", async () => {}, { remaining: FREE + STARTER - REVOKED, frozen: 0n, owed: 0n }],
  [
    "spent in part",
    (who) => shop.spend(who, FREE + STARTER - SPENT),
    { remaining: more(SPENT - REVOKED, 0n), frozen: 0n, owed: more(REVOKED - SPENT, 0n) },
  ],
  ["spent", (who) => shop.spend(who, FREE + STARTER), { remaining: 0n, frozen: 0n, owed: REVOKED }],
  [
    "frozen by an operator",
    async (who) => desk.act("freeze", who.accountId, { grant: toPublicId("grant", await planGrantOf(who)) }),
    { remaining: FREE, frozen: STARTER - REVOKED, owed: 0n },
  ],
];

/** What the sweeper looks at is due, however it was put off. */
async function aDayLater({ accountId }: Subscriber): Promise<void> {
  await shop.db
    .update(invoices)
    .set({ nextReturnsReadAt: sql`now() - interval '1 second'` })
    .where(eq(invoices.accountId, accountId));
  await shop.db.update(providerLists).set({ readUntil: sql`now() - interval '1 day'` });
  await sweepReturns(shop.deps);
}

async function chargeOf(who: Subscriber): Promise<string> {
  const [invoice] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: String(invoice?.id) })).data;
  const intent = await shop.stripe.paymentIntents.retrieve(String(paid?.payment.payment_intent));
  return String(intent.latest_charge);
}

/** An event can be told of only once it happened: until then everything before it has happened as well, and nobody knows. */
async function live(prepare: (who: Subscriber) => Promise<unknown>, end: End, { told, lost }: Telling) {
  const who = await shop.makeSubscriber("starter");
  await prepare(who);
  const scene: Scene = { charge: await chargeOf(who), made: new Map() };
  const known = new Set<string>();
  const events: string[][] = [];
  await keepNewEvents(shop, scene.charge, known);
  for (const index of told) {
    while (events.length <= index) {
      await ACTS[events.length]?.(scene);
      events.push(await keepNewEvents(shop, scene.charge, known));
    }
    if (!lost.has(index)) for (const event of events[index] ?? []) await handleEvent(shop.deps, event);
  }
  if (lost.size > 0) await aDayLater(who);
  const { remaining, frozen, owed, plan, planStatus } = await shop.stateOf(who);
  expect({ remaining, frozen, owed, plan, planStatus }).toEqual({
    ...{ ...end, plan: "starter", planStatus: "active" },
  });
}

describe(`I14: of a plan's invoice, whatever is told in whatever order, or never, the end is the same (seed ${SEED})`, () => {
  it.each(SITUATIONS)(
    "with credits that are %s",
    async (_name, prepare, end) => {
      for (const telling of pickTellings(next, HOW_MANY))
        await live(prepare, end, telling).catch((error: unknown) => {
          const lost = [...telling.lost].join(" ") || "none";
          throw new Error(`told ${telling.told.join(" ")}, lost ${lost}`, { cause: error });
        });
    },
    PATIENCE_MS,
  );
});
