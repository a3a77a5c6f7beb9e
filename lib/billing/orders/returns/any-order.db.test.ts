import { eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { orders, providerLists } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { deskAt } from "../../../../dev/testing/desk";
import { keepNewEvents } from "../../../../dev/testing/new-events";
import { numbersFrom, pickTellings, type Telling } from "../../../../dev/testing/orders-of-events";
import { type Buyer, openShop } from "../../../../dev/testing/shop";
import { newId, toPublicId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { getBalance } from "../../../ledger/queries";
import { credits } from "../../../money/credits";
import { handleEvent } from "../../handle-event";
import { sweepReturns } from "./sweep";

const shop = openShop({ clock: true, max: 10 });
const { place, confirm, view } = buyingAt(shop);
const desk = deskAt(shop);
const atStripe = atStripeOf(shop);
afterEach(() => expectBooksBalance(shop.db));

/** Orders of six events: so many by seed, over all stories and states; every one of them with `RETURNS_ORDERS=all`. */
const { RETURNS_ORDERS, RETURNS_SEED } = process.env;
const SEED = Number(RETURNS_SEED ?? Date.now() % 1_000_000);
const PATIENCE_MS = 300_000;

const PLAN = 24_000_000n;
const BOUGHT = 8_000_000n;
const PAID_CENTS = 10_000n;

/** One payment and what has been made of it, by name. */
type Scene = { readonly charge: string; readonly made: Map<string, string> };
type Act = (scene: Scene) => Promise<unknown>;

const refund =
  (name: string, amount?: number): Act =>
  async ({ charge, made }) =>
    made.set(name, (await atStripe(`charges/${charge}/refund`, { amount })).id);
const dispute =
  (name: string, terms: { amount?: number; kind?: "inquiry" } = {}): Act =>
  async ({ charge, made }) =>
    made.set(name, (await atStripe(`charges/${charge}/dispute`, terms)).id);
const turn =
  (what: "refunds" | "disputes", name: string, action: string): Act =>
  ({ made }) =>
    atStripe(`${what}/${made.get(name)}/${action}`);
const warn: Act = ({ charge }) => atStripe(`charges/${charge}/warn`);

/** Six things that happen at Stripe, in this order; `returnedCents` is what has gone back in the end. */
type Story = {
  readonly name: string;
  readonly acts: readonly Act[];
  readonly returnedCents: bigint;
  readonly status: string;
};

const STORIES: readonly Story[] = [
  {
    name: "a part refunded, a dispute won, another part, and the first refund fails",
    acts: [
      refund("first", 3_000),
      dispute("dispute", { amount: 5_000 }),
      turn("disputes", "dispute", "win"),
      refund("second", 2_333),
      turn("refunds", "first", "fail"),
      warn,
    ],
    returnedCents: 2_333n,
    status: "partially_refunded",
  },
  {
    name: "all of it refunded, failed in part, asked about, and refunded again",
    acts: [
      refund("first", 4_000),
      refund("rest"),
      turn("refunds", "rest", "fail"),
      dispute("inquiry", { kind: "inquiry" }),
      turn("disputes", "inquiry", "close"),
      refund("again"),
    ],
    returnedCents: 10_000n,
    status: "refunded",
  },
  {
    name: "a part refunded, the rest disputed, lost, appealed and won",
    acts: [
      refund("first", 2_500),
      dispute("dispute"),
      turn("disputes", "dispute", "lose"),
      turn("disputes", "dispute", "appeal"),
      turn("disputes", "dispute", "win"),
      warn,
    ],
    returnedCents: 2_500n,
    status: "partially_refunded",
  },
  {
    name: "a warning, an inquiry that escalates, and is lost for good",
    acts: [
      warn,
      dispute("dispute", { kind: "inquiry" }),
      turn("disputes", "dispute", "escalate"),
      turn("disputes", "dispute", "lose"),
      turn("disputes", "dispute", "appeal"),
      turn("disputes", "dispute", "lose"),
    ],
    returnedCents: 10_000n,
    status: "refunded",
  },
];

const run = async ({ accountId }: Buyer, command: Parameters<typeof commit>[2][number]["command"]) => {
  const [outcome] = await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
  expect(outcome?.kind).toBe("done");
};
const spend = (buyer: Buyer, amount: bigint) =>
  run(buyer, {
    kind: "spend",
    credits: credits(amount),
    purpose: { category: "ai_processing", resource: null, reference: null },
  });

/** Where the credits are before anything goes back, and where they are to be in the end, with so many of them revoked. */
type Situation = {
  readonly name: string;
  prepare(buyer: Buyer, orderId: string): Promise<unknown>;
  end(revoked: bigint): { readonly remaining: bigint; readonly frozen: bigint; readonly owed: bigint };
};

const more = (a: bigint, b: bigint) => (a > b ? a : b);
const SPENT = 3_000_000n;

const SITUATIONS: readonly Situation[] = [
  {
    name: "unspent",
    prepare: async () => {},
    end: (revoked) => ({ remaining: PLAN + BOUGHT - revoked, frozen: 0n, owed: 0n }),
  },
  {
    name: "spent in part",
    prepare: (buyer) => spend(buyer, PLAN + SPENT),
    end: (revoked) => ({
      remaining: more(BOUGHT - SPENT - revoked, 0n),
      frozen: 0n,
      owed: more(revoked - (BOUGHT - SPENT), 0n),
    }),
  },
  {
    name: "spent",
    prepare: (buyer) => spend(buyer, PLAN + BOUGHT),
    end: (revoked) => ({ remaining: 0n, frozen: 0n, owed: revoked }),
  },
  {
    name: "expired",
    prepare: () => shop.clock.moveTo(new Date(shop.clock.now().getTime() + 32 * 86_400_000)),
    end: () => ({ remaining: PLAN, frozen: 0n, owed: 0n }),
  },
  {
    name: "frozen by an operator",
    prepare: async (buyer, orderId) => {
      const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
      await desk.act("freeze", buyer.accountId, { grant: toPublicId("grant", order?.grantId ?? "") });
    },
    end: (revoked) => ({ remaining: PLAN, frozen: BOUGHT - revoked, owed: 0n }),
  },
];

type Case = Telling & { readonly story: Story; readonly situation: Situation };

/** An event can be told of only once it happened: until then everything before it has happened as well, and nobody knows. */
async function live({ story, situation, told, lost }: Case): Promise<void> {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  // The clock has been moved by whoever came before: the cycle may be about to end.
  const confirmed = await confirm(buyer, orderId, { expiryAcknowledged: true });
  expect(confirmed).toMatchObject({ ok: true, value: { status: "paid" } });
  const [charge] = await shop.charges(buyer.customerId);
  const scene: Scene = { charge: charge?.id ?? "none", made: new Map() };
  await situation.prepare(buyer, orderId);
  const known = new Set<string>();
  const events: string[][] = [];
  await keepNewEvents(shop, scene.charge, known);
  for (const index of told) {
    while (events.length <= index) {
      await story.acts[events.length]?.(scene);
      events.push(await keepNewEvents(shop, scene.charge, known));
    }
    if (!lost.has(index)) for (const event of events[index] ?? []) await handleEvent(shop.deps, event);
  }
  if (lost.size > 0) await aDayLater(orderId);
  const { remaining, frozen, owed } = await getBalance(shop.db, buyer.accountId);
  const revoked = (BOUGHT * story.returnedCents) / PAID_CENTS;
  expect({ remaining, frozen, owed, status: (await view(buyer, orderId)).status }).toEqual({
    ...situation.end(revoked),
    status: story.status,
  });
}

/** What the sweeper looks at is due, however it was put off. */
async function aDayLater(orderId: string): Promise<void> {
  await shop.db
    .update(orders)
    .set({ nextReturnsReadAt: sql`now() - interval '1 second'` })
    .where(eq(orders.id, orderId));
  await shop.db.update(providerLists).set({ readUntil: sql`now() - interval '1 day'` });
  await sweepReturns(shop.deps);
}

/** Three orders of each story in each situation are 60. */
const HOW_MANY = RETURNS_ORDERS === "all" ? "all" : Number(RETURNS_ORDERS ?? 3);
const next = numbersFrom(SEED);

describe(`I14: whatever is told in whatever order, or never, the end is the same (seed ${SEED})`, () => {
  for (const story of STORIES)
    describe(story.name, () => {
      it.each(SITUATIONS.map((each) => [each.name, each] as const))(
        "with credits that are %s",
        async (_name, situation) => {
          for (const { told, lost } of pickTellings(next, HOW_MANY)) {
            const trial = live({ story, situation, told, lost });
            await trial.catch((error: unknown) => {
              throw new Error(`told ${told.join(" ")}, lost ${[...lost].join(" ") || "none"}`, {
                cause: error,
              });
            });
          }
        },
        PATIENCE_MS,
      );
    });
});
