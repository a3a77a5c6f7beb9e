import { fc } from "@fast-check/vitest";
import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { invoiceLines, subscriptions, unreadableReason } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { openTestDatabase } from "../../../dev/testing/database";
import { makeAccount } from "../../../dev/testing/factories";
import { type MirroredFacts, readFacts } from "../../../dev/testing/mirrored";
import { planIdOf } from "../../catalog/plans";
import { newId } from "../../ids";
import { cents, credits } from "../../money/credits";
import type {
  BillingFacts,
  InvoiceFact,
  ItemFact,
  LineFact,
  PriceFact,
  PriceReading,
  SubscriptionFact,
} from "../facts";
import { storeFacts } from "./mirror";
import { findKnown } from "./read-mirror";

const test = openTestDatabase();
const DAY_MS = 86_400_000;
/** Whole seconds, as Stripe's. */
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const MONTH = { start: later(-10), end: later(20) };

const starter: PriceReading = {
  kind: "plan",
  plan: planIdOf("starter"),
  interval: "month",
  creditsPerMonth: credits(24_000_000n),
};
const premium = { ...starter, plan: planIdOf("premium"), creditsPerMonth: credits(40_000_000n) };
const noCredits = { kind: "unreadable", reason: "no_credits" } as const;
const other = { kind: "other" } as const;
const price = (reading: PriceReading = starter, priceId = "price_1"): PriceFact => ({
  priceId,
  unitCents: cents(299_00n),
  currency: "usd",
  reading,
});

const id = (prefix: string) => `${prefix}_${newId().replaceAll("-", "")}`;

const item = (change: Partial<ItemFact> = {}): ItemFact => ({
  id: id("si"),
  price: price(),
  quantity: 1,
  period: MONTH,
  ...change,
});

const subscription = (change: Partial<SubscriptionFact> = {}): SubscriptionFact => ({
  id: id("sub"),
  status: "active",
  items: [item()],
  anchor: later(-40),
  cancelAt: null,
  cancelMark: null,
  trialEnd: null,
  pause: null,
  sendsInvoice: false,
  hasDiscountOrTax: false,
  schedule: null,
  paymentMethodId: null,
  hasPendingUpdate: false,
  latestInvoiceId: null,
  createdAt: later(-40),
  endedAt: null,
  ...change,
});

const line = (change: Partial<LineFact> = {}): LineFact => ({
  id: id("il"),
  subscriptionId: null,
  itemId: null,
  price: price(),
  quantity: 1,
  period: MONTH,
  amountCents: 299_00n,
  isProration: false,
  ...change,
});

const invoice = (change: Partial<InvoiceFact> = {}): InvoiceFact => ({
  id: id("in"),
  number: "A-1",
  subscriptionId: null,
  status: "paid",
  reason: "subscription_cycle",
  currency: "usd",
  totalCents: cents(299_00n),
  dueCents: cents(299_00n),
  paidCents: cents(299_00n),
  remainingCents: cents(0n),
  creditNotesCents: cents(0n),
  prePaymentNotesCents: cents(0n),
  sendsInvoice: false,
  autoAdvance: true,
  attempts: 1,
  nextAttemptAt: null,
  dueAt: null,
  createdAt: later(-10),
  paidAt: later(-10),
  voidedAt: null,
  lines: [line()],
  payment: null,
  ...change,
});

const facts = (change: Partial<BillingFacts> = {}): BillingFacts => ({
  subscriptions: [],
  invoices: [],
  pendingLines: [],
  customerDeleted: false,
  notFound: [],
  ...change,
});

const store = (accountId: string, read: Partial<BillingFacts>, now: Date = NOW) =>
  transact(test.db, (tx) => storeFacts(tx, accountId, facts(read), { now }));
const read = (accountId: string) => readFacts(test.db, accountId, NOW);
const account = async () => (await makeAccount(test.db)).accountId;

/** Without what only the mirror knows. */
const asRead = ({ subscriptions: all, invoices: billed, pendingLines }: MirroredFacts) => ({
  subscriptions: all.map(({ notFoundAt: _, items, ...rest }) => ({
    ...rest,
    items: items.map(({ known: __, goneAt: ___, ...each }) => each),
  })),
  invoices: billed.map(({ notFoundAt: _, failureCode: __, paidSeenAt: ___, lines, ...rest }) => ({
    ...rest,
    lines: lines.map(({ decidedAt: ____, assumed: _____, ...each }) => each),
    payment: null,
  })),
  pendingLines,
});

const idOf = ({ id }: { readonly id: string }): string => id;
const second = fc
  .integer({ min: -300 * 86_400, max: 300 * 86_400 })
  .map((each) => new Date(NOW.getTime() + each * 1000));
const secondOrNull = fc.option(second);
const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
const quantity = fc.integer({ min: 0, max: 10 ** 12 });
const anyPeriod = fc.tuple(second, second).map(([start, end]) => ({ start, end }));
const anyReading: fc.Arbitrary<PriceReading> = fc.oneof(
  fc.constantFrom(...unreadableReason.enumValues).map((reason) => ({ kind: "unreadable", reason }) as const),
  fc.record({
    kind: fc.constant("plan" as const),
    plan: fc.constantFrom("starter", "premium", "custom").map(planIdOf),
    interval: fc.constantFrom("month" as const, "year" as const),
    creditsPerMonth: amount.map((each) => credits(each + 1n)),
  }),
  fc.constant(other),
);
const anyPrice: fc.Arbitrary<PriceFact> = fc.record({
  priceId: fc.string({ minLength: 1, unit: "grapheme-ascii" }),
  unitCents: fc.option(amount.map(cents)),
  currency: fc.constantFrom("usd", "eur"),
  reading: anyReading,
});
const anyItem: fc.Arbitrary<ItemFact> = fc.record({
  id: fc.uuid().map((each) => `si_${each}`),
  price: anyPrice,
  quantity,
  period: anyPeriod,
});
const anySubscription: fc.Arbitrary<SubscriptionFact> = fc.record({
  id: fc.uuid().map((each) => `sub_${each}`),
  status: fc.constantFrom("incomplete", "trialing", "active", "past_due", "unpaid", "paused", "canceled"),
  items: fc
    .uniqueArray(anyItem, { minLength: 1, maxLength: 3, selector: idOf })
    .map((all) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  anchor: second,
  cancelAt: secondOrNull,
  cancelMark: fc.option(fc.string({ unit: "grapheme" })),
  trialEnd: secondOrNull,
  pause: fc.option(
    fc.record({
      behavior: fc.constantFrom("keep_as_draft" as const, "mark_uncollectible" as const, "void" as const),
      resumesAt: secondOrNull,
    }),
  ),
  sendsInvoice: fc.boolean(),
  hasDiscountOrTax: fc.boolean(),
  schedule: fc.option(
    fc.record({
      id: fc.uuid(),
      metadata: fc.dictionary(
        fc.string({ minLength: 1, unit: "grapheme-ascii" }),
        fc.string({ unit: "grapheme" }),
      ),
      endsByCancel: fc.boolean(),
      next: fc.array(
        fc.record({
          start: second,
          end: secondOrNull,
          items: fc.array(fc.record({ price: anyPrice, quantity }), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
    }),
  ),
  paymentMethodId: fc.option(fc.uuid()),
  hasPendingUpdate: fc.boolean(),
  latestInvoiceId: fc.option(fc.uuid()),
  createdAt: second,
  endedAt: secondOrNull,
});
const anyLine = (prefix: string): fc.Arbitrary<LineFact> =>
  fc.record({
    id: fc.uuid().map((each) => `${prefix}_${each}`),
    subscriptionId: fc.option(fc.uuid()),
    itemId: fc.option(fc.uuid()),
    price: fc.option(anyPrice),
    quantity,
    period: anyPeriod,
    amountCents: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    isProration: fc.boolean(),
  });
const anyInvoice: fc.Arbitrary<InvoiceFact> = fc.record({
  id: fc.uuid().map((each) => `in_${each}`),
  number: fc.option(fc.constant("A-1")),
  subscriptionId: fc.option(fc.uuid()),
  status: fc.constantFrom("draft", "open", "paid", "uncollectible", "void"),
  reason: fc.option(fc.constantFrom("subscription_cycle", "manual")),
  currency: fc.constantFrom("usd", "eur"),
  totalCents: amount.map(cents),
  dueCents: amount.map(cents),
  paidCents: amount.map(cents),
  remainingCents: amount.map(cents),
  creditNotesCents: amount.map(cents),
  prePaymentNotesCents: amount.map(cents),
  sendsInvoice: fc.boolean(),
  autoAdvance: fc.boolean(),
  attempts: fc.integer({ min: 0, max: 9 }),
  nextAttemptAt: secondOrNull,
  dueAt: secondOrNull,
  createdAt: second,
  paidAt: secondOrNull,
  voidedAt: secondOrNull,
  lines: fc.uniqueArray(anyLine("il"), { maxLength: 4, selector: idOf }),
  payment: fc.constant(null),
});

const newestFirst = <T extends { readonly id: string; readonly createdAt: Date }>(all: readonly T[]) =>
  all.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));

describe("what Stripe said", () => {
  it("is read as it was stored, also when it is stored again", async () => {
    const arbitrary = fc.record({
      subscriptions: fc.uniqueArray(anySubscription, { maxLength: 3, selector: idOf }),
      invoices: fc.uniqueArray(anyInvoice, { maxLength: 3, selector: idOf }),
      pendingLines: fc.uniqueArray(anyLine("ii"), { maxLength: 3, selector: idOf }),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async (generated) => {
        const accountId = await account();
        const said = {
          ...generated,
          // The same id in another run would be another account's.
          subscriptions: generated.subscriptions.map((each) => ({ ...each, id: `${each.id}_${accountId}` })),
        };
        const expected = {
          subscriptions: newestFirst(said.subscriptions),
          invoices: newestFirst(said.invoices),
          pendingLines: said.pendingLines.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        };
        await store(accountId, said);
        expect(asRead(await read(accountId))).toEqual(expected);
        const before = await read(accountId);
        await store(accountId, said, later(1));
        expect(await read(accountId)).toEqual(before);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it("writes nothing again that did not change", async () => {
    const accountId = await account();
    const said = { subscriptions: [subscription()], invoices: [invoice()], pendingLines: [line()] };
    await store(accountId, said);
    const versions = () => test.owner`
      select 's' as of, xmin::text, ctid::text from subscriptions where account_id = ${accountId}
      union all select 'i', xmin::text, ctid::text from subscription_items where account_id = ${accountId}
      union all select 'n', xmin::text, ctid::text from invoices where account_id = ${accountId}
      union all select 'l', xmin::text, ctid::text from invoice_lines where account_id = ${accountId}
      union all select 'p', xmin::text, ctid::text from pending_lines where account_id = ${accountId}`;
    const before = await versions();
    await store(accountId, said, later(1));
    expect([...(await versions())]).toEqual([...before]);
  });
});

describe("what was not read", () => {
  it("I21: stays as it was: absent is not ended", async () => {
    const accountId = await account();
    const [kept, billed] = [subscription(), invoice()];
    await store(accountId, { subscriptions: [kept], invoices: [billed] });
    await store(accountId, {}, later(1));
    expect(asRead(await read(accountId))).toMatchObject({ subscriptions: [kept], invoices: [billed] });
  });

  it("I21: is told where Stripe has not what it had, until it shows it again", async () => {
    const accountId = await account();
    const [kept, billed] = [subscription(), invoice({ status: "open", paidAt: null })];
    await store(accountId, { subscriptions: [kept], invoices: [billed] });
    await store(accountId, { notFound: [kept.id, billed.id] }, later(1));
    await store(accountId, { notFound: [kept.id, billed.id] }, later(2));
    const [gone] = [await read(accountId)];
    expect(gone.subscriptions[0]).toMatchObject({ status: "active", notFoundAt: later(1) });
    expect(gone.invoices[0]).toMatchObject({ status: "open", notFoundAt: later(1) });
    await store(accountId, { subscriptions: [kept], invoices: [billed] }, later(3));
    const back = await read(accountId);
    expect([back.subscriptions[0]?.notFoundAt, back.invoices[0]?.notFoundAt]).toEqual([null, null]);
  });

  it("ends with its deleted customer", async () => {
    const accountId = await account();
    const ended = subscription({ status: "canceled", endedAt: later(-5) });
    await store(accountId, { subscriptions: [subscription({ createdAt: later(-3) }), ended] });
    await store(accountId, { customerDeleted: true }, later(1));
    const { subscriptions: all } = await read(accountId);
    expect(all.map(({ status, endedAt }) => ({ status, endedAt }))).toEqual([
      { status: "canceled", endedAt: later(1) },
      { status: "canceled", endedAt: later(-5) },
    ]);
  });
});

describe("an item", () => {
  const itemsOf = async (accountId: string) => (await read(accountId)).subscriptions[0]?.items ?? [];
  const known = { plan: "starter", interval: "month", creditsPerMonth: 24_000_000n, quantity: 2 };

  it("that cannot be read any more keeps what it sold, and since when, until it can", async () => {
    const accountId = await account();
    const sold = item({ quantity: 2 });
    const ours = subscription({ items: [sold] });
    const as = (reading: PriceReading) => ({ ...ours, items: [{ ...sold, price: price(reading) }] });
    await store(accountId, { subscriptions: [ours] });
    await store(accountId, { subscriptions: [as(noCredits)] }, later(1));
    await store(accountId, { subscriptions: [as(noCredits)] }, later(2));
    expect(await itemsOf(accountId)).toMatchObject([
      { price: { reading: noCredits }, known: { ...known, until: later(1) } },
    ]);
    const [row] = await test.db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
    expect(row).toMatchObject({ plan: "starter", creditsPerCycle: 24_000_000n });
    await store(accountId, { subscriptions: [as(premium)] }, later(3));
    expect(await itemsOf(accountId)).toMatchObject([{ price: { reading: premium }, known: null }]);
  });

  it("that sold a plan and says nothing any more is unreadable, and so are its lines", async () => {
    const accountId = await account();
    const sold = item({ quantity: 2 });
    const ours = subscription({ items: [sold] });
    const silent = { ...ours, items: [{ ...sold, price: price(other, "price_2") }] };
    const billed = invoice({
      subscriptionId: ours.id,
      lines: [line({ itemId: sold.id, price: price(other, "price_2") })],
    });
    const noPlan = { kind: "unreadable", reason: "no_plan" };
    await store(accountId, { subscriptions: [ours] });
    for (const day of [1, 2])
      await store(accountId, { subscriptions: [silent], invoices: [billed] }, later(day));
    expect(await itemsOf(accountId)).toMatchObject([
      { price: { reading: noPlan, priceId: "price_2" }, known: { ...known, until: later(1) } },
    ]);
    expect((await read(accountId)).invoices[0]?.lines).toMatchObject([{ price: { reading: noPlan } }]);
  });

  it("I21: that was replaced by one that says nothing is gone, and the other unreadable", async () => {
    const accountId = await account();
    const [sold, seat, fresh] = [
      item({ id: "si_1" }),
      item({ id: "si_2", price: price(other) }),
      item({ id: "si_3", price: price(other) }),
    ];
    const ours = subscription({ items: [sold, seat] });
    await store(accountId, { subscriptions: [ours] });
    await store(accountId, { subscriptions: [{ ...ours, items: [seat, fresh] }] }, later(1));
    await store(accountId, { subscriptions: [{ ...ours, items: [seat, fresh] }] }, later(2));
    expect(await itemsOf(accountId)).toMatchObject([
      { id: "si_1", goneAt: later(1) },
      { id: "si_2", goneAt: null, price: { reading: other } },
      { id: "si_3", goneAt: null, price: { reading: { kind: "unreadable", reason: "no_plan" } } },
    ]);
    await store(accountId, { subscriptions: [ours] }, later(3));
    expect((await itemsOf(accountId))[0]).toMatchObject({ id: "si_1", goneAt: null });
  });

  it("I21: that is gone while another product's remains leaves that as it is", async () => {
    const accountId = await account();
    const [sold, seat] = [item({ id: "si_1" }), item({ id: "si_2", price: price(other) })];
    const ours = subscription({ items: [sold, seat] });
    await store(accountId, { subscriptions: [ours] });
    await store(accountId, { subscriptions: [{ ...ours, items: [seat] }] }, later(1));
    expect(await itemsOf(accountId)).toMatchObject([
      { id: "si_1", goneAt: later(1) },
      { id: "si_2", goneAt: null, price: { reading: other } },
    ]);
  });

  it.each<[string, (sold: ItemFact) => ItemFact[]]>([
    ["of which there is none", (sold) => [{ ...sold, quantity: 0 }]],
    ["that is one of several plans", (sold) => [sold, item({ price: price(premium) })]],
  ])("%s does not say what it sells", async (_, change) => {
    const accountId = await account();
    const sold = item({ id: "si_1", quantity: 2 });
    const ours = subscription({ items: [sold] });
    await store(accountId, { subscriptions: [ours] });
    await store(accountId, { subscriptions: [{ ...ours, items: change(sold) }] }, later(1));
    const found = (await itemsOf(accountId)).find((each) => each.id === sold.id);
    expect(found?.known).toEqual({ ...known, until: later(1) });
  });

  it("that was never readable is known by the newest line of it that was", async () => {
    const accountId = await account();
    const silent = item({ id: "si_1", price: price(noCredits) });
    const lines = [
      line({ itemId: "si_1", quantity: 2 }),
      line({ itemId: "si_1", isProration: true, price: price(premium) }),
    ];
    await store(accountId, {
      subscriptions: [subscription({ items: [silent] })],
      invoices: [invoice({ lines })],
    });
    expect((await itemsOf(accountId))[0]?.known).toEqual({ ...known, until: NOW });
    const stranger = await account();
    await store(stranger, { subscriptions: [subscription({ items: [item({ price: price(noCredits) })] })] });
    expect((await itemsOf(stranger))[0]?.known).toBeNull();
    const [row] = await test.db.select().from(subscriptions).where(eq(subscriptions.accountId, stranger));
    expect(row).toMatchObject({ plan: null, creditsPerCycle: null, priceId: "price_1" });
  });

  it("of a subscription that an earlier release stored is known by what that said", async () => {
    const accountId = await account();
    const silent = item({ id: "si_1", price: price(other) });
    const ours = subscription({ items: [silent] });
    await store(accountId, { subscriptions: [{ ...ours, items: [{ ...silent, price: price() }] }] });
    await test.owner`delete from subscription_items where account_id = ${accountId}`;
    await store(accountId, { subscriptions: [ours] }, later(1));
    expect(await itemsOf(accountId)).toMatchObject([
      { price: { reading: { reason: "no_plan" } }, known: { ...known, quantity: 1, until: later(1) } },
    ]);
  });
});

/** As the decision marks a line. */
const decide = (accountId: string, invoiceId: string, lineId: string, assumed: boolean) =>
  test.db
    .update(invoiceLines)
    .set({ decidedAt: NOW, assumed })
    .where(
      and(
        eq(invoiceLines.accountId, accountId),
        eq(invoiceLines.invoiceId, invoiceId),
        eq(invoiceLines.id, lineId),
      ),
    );

describe("a line", () => {
  const linesOf = async (accountId: string) => (await read(accountId)).invoices[0]?.lines ?? [];

  it("I19: is read as it was when what it gives was decided", async () => {
    const accountId = await account();
    const billed = invoice({ lines: [line({ id: "il_1" })] });
    await store(accountId, { invoices: [billed] });
    await decide(accountId, billed.id, "il_1", false);
    await store(accountId, {
      invoices: [{ ...billed, lines: [line({ id: "il_1", quantity: 3, price: price(premium) })] }],
    });
    expect(await linesOf(accountId)).toMatchObject([
      { quantity: 1, price: { reading: starter }, decidedAt: NOW, assumed: false },
    ]);
  });

  it("of which that was assumed is read anew", async () => {
    const accountId = await account();
    const billed = invoice({ lines: [line({ id: "il_1", price: price(noCredits) })] });
    await store(accountId, { invoices: [billed] });
    await decide(accountId, billed.id, "il_1", true);
    await store(accountId, {
      invoices: [{ ...billed, lines: [line({ id: "il_1", price: price(premium) })] }],
    });
    expect(await linesOf(accountId)).toMatchObject([
      { price: { reading: premium }, decidedAt: NOW, assumed: true },
    ]);
  });

  it("that is another once its draft was finalized goes, unless something was decided by it", async () => {
    const accountId = await account();
    const draft = invoice({
      status: "draft",
      paidAt: null,
      lines: [line({ id: "il_1" }), line({ id: "il_2" })],
    });
    await store(accountId, { invoices: [draft] });
    await decide(accountId, draft.id, "il_1", false);
    await store(accountId, { invoices: [{ ...draft, status: "open", lines: [line({ id: "il_3" })] }] });
    expect((await linesOf(accountId)).map((each) => each.id)).toEqual(["il_1", "il_3"]);
  });

  it("that waited is gone once it waits no more", async () => {
    const accountId = await account();
    await store(accountId, { pendingLines: [line({ id: "ii_1" }), line({ id: "ii_2" })] });
    await store(accountId, { pendingLines: [line({ id: "ii_2", quantity: 2 })] });
    expect((await read(accountId)).pendingLines).toMatchObject([{ id: "ii_2", quantity: 2 }]);
  });

  it("may be one of thousands", async () => {
    const accountId = await account();
    const lines = Array.from({ length: 1_201 }, (_, index) => line({ id: `il_${index}` }));
    await store(accountId, { invoices: [invoice({ lines })] });
    expect((await linesOf(accountId)).map((each) => each.id)).toEqual(lines.map((each) => each.id));
  });
});

describe("a subscription", () => {
  it("I17: is one account's, whoever is seen with it later", async () => {
    const [first, second] = [await account(), await account()];
    const shared = subscription();
    const own = subscription();
    const billed = invoice({ subscriptionId: shared.id });
    expect(await store(first, { subscriptions: [shared] })).toMatchObject({ ofOtherAccounts: [] });
    const stored = await store(second, { subscriptions: [shared, own], invoices: [billed] });
    expect(stored).toMatchObject({ ofOtherAccounts: [shared.id] });
    const kept = await read(second);
    expect([kept.subscriptions.map((each) => each.id), kept.invoices]).toEqual([[own.id], []]);
  });

  it("I17: is one account's when two see it at once", async () => {
    const accounts = await Promise.all([account(), account(), account()]);
    const shared = [subscription(), subscription()];
    const stored = await Promise.all(
      accounts.map((each, index) =>
        store(each, { subscriptions: index === 1 ? shared.toReversed() : shared }),
      ),
    );
    expect(stored.map((each) => each.ofOtherAccounts.length).toSorted()).toEqual([0, 2, 2]);
  });
});

describe("an invoice", () => {
  it("keeps when it was first known to be paid", async () => {
    const accountId = await account();
    const billed = invoice({ status: "open", paidAt: null });
    const paid = { ...billed, status: "paid", paidAt: later(-9) } as const;
    await store(accountId, { invoices: [billed] });
    expect((await read(accountId)).invoices[0]?.paidSeenAt).toBeNull();
    for (const day of [1, 2]) await store(accountId, { invoices: [paid] }, later(day));
    expect((await read(accountId)).invoices[0]?.paidSeenAt).toEqual(later(1));
  });

  it("is left out once it cannot matter any more", async () => {
    const accountId = await account();
    const old = { createdAt: later(-500), paidAt: later(-500) };
    const over = { start: later(-500), end: later(-470) };
    const done = invoice({ ...old, lines: [line({ id: "il_1", period: over })] });
    const undecided = invoice({ ...old, lines: [line({ id: "il_2", period: over })] });
    const open = invoice({ ...old, status: "open", lines: [] });
    const toCome = invoice({
      ...old,
      lines: [line({ price: price(other), period: { start: later(-500), end: later(1) } })],
    });
    const others = invoice({ ...old, lines: [line({ price: price(other), period: over })] });
    await store(accountId, { invoices: [done, undecided, open, toCome, others] });
    await decide(accountId, done.id, "il_1", false);
    const found = (await read(accountId)).invoices.map((each) => each.id).toSorted();
    expect(found).toEqual([undecided.id, open.id, toCome.id].toSorted());
  });

  it("of an earlier release says what remains of it", async () => {
    const accountId = await account();
    const billed = invoice({ status: "open", paidAt: null, paidCents: cents(99_00n) });
    await store(accountId, { invoices: [billed] });
    await test.owner`update invoices set remaining_cents = null, credit_notes_cents = null where account_id = ${accountId}`;
    expect((await read(accountId)).invoices[0]).toMatchObject({
      remainingCents: 200_00n,
      creditNotesCents: 0n,
    });
  });
});

describe("what has to be read again", () => {
  it("is everything at first contact and to the end, and what is undecided by its id", async () => {
    const accountId = await account();
    expect(await findKnown(test.db, accountId)).toEqual({
      subscriptionIds: [],
      invoiceIds: [],
      hasPendingLines: false,
      since: null,
      byInvoices: false,
    });
    expect((await findKnown(test.db, accountId, { told: { invoiceIds: [], onlyOf: [] } })).byInvoices).toBe(
      false,
    );
    const live = subscription();
    const done = invoice({ lines: [line({ id: "il_1" })] });
    const assumed = invoice({ lines: [line({ id: "il_2", price: price(noCredits) })] });
    const open = invoice({ status: "open", paidAt: null, lines: [] });
    const others = invoice({ lines: [line({ price: price(other) }), line({ price: null })] });
    await store(accountId, {
      subscriptions: [
        live,
        subscription({ status: "canceled" }),
        subscription({ status: "incomplete_expired" }),
      ],
      invoices: [done, assumed, open, others],
      pendingLines: [line()],
    });
    await decide(accountId, done.id, "il_1", false);
    await decide(accountId, assumed.id, "il_2", true);
    const found = await findKnown(test.db, accountId);
    expect({ ...found, invoiceIds: found.invoiceIds.toSorted() }).toEqual({
      subscriptionIds: [live.id],
      invoiceIds: [assumed.id, open.id].toSorted(),
      hasPendingLines: true,
      since: later(-1),
      byInvoices: false,
    });
    expect((await findKnown(test.db, accountId, { toTheEnd: true })).since).toBeNull();
    const byInvoices = async (onlyOf: readonly string[] | null, toTheEnd = false) =>
      (await findKnown(test.db, accountId, { told: { invoiceIds: [], onlyOf }, toTheEnd })).byInvoices;
    expect(await byInvoices([])).toBe(true);
    expect(await byInvoices([live.id])).toBe(true);
    // One that is over or was never heard of may be followed by anything.
    expect(await byInvoices([live.id, "sub_unheard_of"])).toBe(false);
    expect(await byInvoices([live.id], true)).toBe(false);
    expect(await byInvoices(null)).toBe(false);
    const told = { invoiceIds: [open.id, "in_heard_of"], onlyOf: null };
    expect((await findKnown(test.db, accountId, { told })).told).toEqual(told.invoiceIds);
  });
});
