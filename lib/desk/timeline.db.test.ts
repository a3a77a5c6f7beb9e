import { afterEach, describe, expect, it } from "vitest";
import { expectBooksBalance } from "@/dev/testing/books";
import { buyingAt } from "@/dev/testing/buying";
import { type Buyer, openShop } from "@/dev/testing/shop";
import { transact } from "../../db/transact";
import { recordSecurityEvent } from "../auth/security-events";
import { refundOrder } from "../billing/orders/returns/refund";
import { newId, toPublicId } from "../ids";
import { commit } from "../ledger/commit";
import { foldUsage } from "../ledger/fold-usage";
import { cents, credits } from "../money/credits";
import { recordAccountView } from "./account";
import { findAnything } from "./find";
import { findDeskOrder } from "./order";
import {
  listTimeline,
  readTimelineCursor,
  TIMELINE_KINDS,
  type TimelineCursor,
  type TimelineKind,
  type TimelineRow,
  writeTimelineCursor,
} from "./timeline";

const shop = openShop();
const { place, confirm } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function spend({ accountId }: Buyer, amount: bigint): Promise<void> {
  const purpose = { category: "ai_processing", resource: null, reference: null };
  const command = { kind: "spend", credits: credits(amount), purpose } as const;
  const [outcome] = await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
  expect(outcome?.kind).toBe("done");
}

async function livelyAccount() {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const by = { as: "operator", userId: buyer.userId } as const;
  const ref = { accountId: buyer.accountId, orderId };
  await refundOrder(shop.deps, ref, { amountCents: cents(5_000n), by, why: "a gesture" });
  for (const amount of [100n, 20n, 3n]) await spend(buyer, amount);
  await shop.owner`
    insert into stripe_events (id, type, payload, created_at)
    values (${`evt_${newId()}`}, 'customer.updated', ${{ data: { object: { id: buyer.customerId, object: "customer" } } } as never}, now())`;
  await recordSecurityEvent(
    { db: shop.db, log },
    { kind: "signed_in", userId: buyer.userId, details: { by: "password" } },
  );
  await recordAccountView(
    { db: shop.db, log },
    { userId: newId() },
    { accountId: buyer.accountId, caller: null },
  );
  return { buyer, orderId, of: { accountId: buyer.accountId, stripeCustomerId: buyer.customerId } };
}

const ofKind = (rows: readonly TimelineRow[], kind: TimelineKind) =>
  rows.filter((each) => each.kind === kind);

describe("an account's timeline", () => {
  it("tells of orders, payments, refunds, events, commands, usage, mails, sign-ins and operators, each once, newest first", async () => {
    const { of } = await livelyAccount();
    await livelyAccount(); // Of somebody else, of whom nothing is told.
    const { rows, nextCursor } = await listTimeline(shop.db, of, { most: 1_000 });
    expect(nextCursor).toBeNull();
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(TIMELINE_KINDS));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    expect([...rows].sort((a, b) => b.at.getTime() - a.at.getTime()).map(({ at }) => at)).toEqual(
      rows.map(({ at }) => at),
    );
    expect(
      ofKind(rows, "orders")
        .map(({ data }) => data.status)
        .sort(),
    ).toEqual(["pending", "processing", "paid", "partially_refunded", "succeeded"].sort());
    expect(ofKind(rows, "payments")).toMatchObject([
      { data: { what: "paid", cents: "10000", credits: "8000000" } },
    ]);
    expect(ofKind(rows, "returns").map(({ data }) => [data.what, data.cents ?? data.credits])).toEqual(
      expect.arrayContaining([
        ["refund", "5000"],
        ["reversal", "4000000"],
      ]),
    );
    expect(ofKind(rows, "entries").map(({ data }) => data.kind)).toEqual(
      expect.arrayContaining(["grant", "revoke"]),
    );
    expect(ofKind(rows, "sign_ins")).toMatchObject([{ data: { kind: "signed_in", by: "password" } }]);
    expect(ofKind(rows, "operators")).toHaveLength(1);
  });

  it("is the same in pages of any size, and narrowed to one kind", async () => {
    const { of } = await livelyAccount();
    const { rows } = await listTimeline(shop.db, of, { most: 1_000 });
    for (const most of [1, 4]) {
      const keys: string[] = [];
      for (let before: TimelineCursor | null | undefined; before !== null; ) {
        const page = await listTimeline(shop.db, of, { most, before: before ?? null });
        keys.push(...page.rows.map(({ key }) => key));
        // As it goes through an address.
        before = page.nextCursor && readTimelineCursor(writeTimelineCursor(page.nextCursor));
      }
      expect(keys).toEqual(rows.map(({ key }) => key));
    }
    for (const kind of TIMELINE_KINDS) {
      const narrowed = await listTimeline(shop.db, of, { kinds: [kind], most: 1_000 });
      expect(narrowed.rows).toEqual(ofKind(rows, kind));
    }
    expect(readTimelineCursor("x")).toBeNull();
    expect(readTimelineCursor("1.' or 1=1")).toBeNull();
    expect(readTimelineCursor(null)).toBeNull();
  });

  it("adds usage up per hour, folded or not, to what the entries say", async () => {
    const { buyer, of } = await livelyAccount();
    const hours = async () =>
      (await listTimeline(shop.db, of, { kinds: ["usage"] })).rows.map(({ at, data }) => [
        at.toISOString(),
        data.credits,
        data.number,
      ]);
    const ofEntries = async () =>
      (
        await shop.owner<{ at: Date; credits: string; number: string }[]>`
          select date_trunc('hour', at, 'UTC') as at, sum(credits)::text as credits, (count(*) filter (where line = 0))::text as number
          from entries where account_id = ${buyer.accountId} and to_bucket = 'spent' and category is not null group by 1 order by 1 desc`
      ).map(({ at, credits: sum, number }) => [at.toISOString(), sum, number]);
    expect(await hours()).toEqual(await ofEntries());
    await shop.owner`update entries set at = at - interval '3 hours' where account_id = ${buyer.accountId} and credits = 20 and category is not null`;
    await foldUsage(shop.db, buyer.accountId);
    await spend(buyer, 7n);
    expect(await hours()).toEqual(await ofEntries());
    expect((await hours()).length).toBeGreaterThan(1);
    // Hour by hour, on several days.
    await shop.owner`update usage_days set day = day - 2 where account_id = ${buyer.accountId}`;
    const paged: string[] = [];
    for (let before: TimelineCursor | null | undefined; before !== null; ) {
      const page = await listTimeline(shop.db, of, { kinds: ["usage"], most: 1, before: before ?? null });
      paged.push(...page.rows.map(({ data }) => data.credits ?? ""));
      before = page.nextCursor;
    }
    expect(paged).toEqual((await hours()).map(([, sum]) => sum));
    expect(paged.length).toBeGreaterThan(2);
  });

  it("tells of a plan invoice's payment, refund and dispute too, and Find leads to its account by each", async () => {
    const { accountId, customerId } = await shop.makeBuyer();
    await shop.owner`
      insert into invoices (account_id, id, number, status, total_cents, due_cents, paid_cents, currency, attempts, created_at, paid_at)
      values (${accountId}, 'in_desk', 'A-1', 'paid', 2000, 0, 2000, 'jpy', 1, now(), now())`;
    await shop.owner`
      insert into invoice_refunds (account_id, id, invoice_id, amount_cents, status, created_at, updated_at)
      values (${accountId}, 're_desk', 'in_desk', 500, 'succeeded', now(), now())`;
    await shop.owner`
      insert into invoice_disputes (account_id, id, invoice_id, amount_cents, currency, status, reason, created_at, updated_at)
      values (${accountId}, 'dp_desk', 'in_desk', 700, 'usd', 'won', 'fraudulent', now(), now())`;
    const of = { accountId, stripeCustomerId: customerId };
    const { rows } = await listTimeline(shop.db, of, { kinds: ["payments", "returns"] });
    expect(rows.map(({ data }) => [data.what, data.stripe, data.cents, data.currency]).sort()).toEqual([
      ["dispute", "dp_desk", "700", "usd"],
      ["invoice", "in_desk", "2000", "jpy"],
      ["refund", "re_desk", "500", "jpy"],
    ]);
    for (const [text, kind] of [
      ["in_desk", "invoice"],
      ["re_desk", "refund"],
      ["dp_desk", "dispute"],
    ] as const)
      expect((await findAnything(shop.db, text)).found).toMatchObject([
        { kind, accountId: toPublicId("account", accountId), orderId: null },
      ]);
  });

  it("has with it the whole of an order", async () => {
    const { buyer, orderId } = await livelyAccount();
    const found = await findDeskOrder(shop.db, toPublicId("order", orderId));
    expect(found).toMatchObject({
      account: { accountId: buyer.accountId },
      placedBy: { email: buyer.email },
      order: { status: "partially_refunded" },
      payment: { amountCents: 10_000n },
      attempts: [{ number: 1, status: "succeeded" }],
      refunds: [{ amountCents: 5_000n, why: "a gesture" }],
      reversals: [{ kind: "revoke", unused: 4_000_000n }],
    });
    expect(found?.transitions.map(({ status }) => status).at(-1)).toBe("partially_refunded");
    for (const none of ["ord_", orderId, `ord_${"0".repeat(32)}`, "\u0000"])
      expect(await findDeskOrder(shop.db, none), none).toBeNull();
  });
});
