import { afterEach, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { expectBooksBalance } from "../../dev/testing/books";
import { deskAt } from "../../dev/testing/desk";
import { DAY, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { settleReturns } from "../billing/orders/returns/settle";
import { newId, toPublicId } from "../ids";
import { bySystem } from "../ledger/cause";
import { commit } from "../ledger/commit";
import { credits } from "../money/credits";
import { dayOf, reconcileDay } from "./reconcile";

const shop = openPlanShop({ max: 20 });
const desk = deskAt(shop);
afterEach(async () => {
  await expectBooksBalance(shop.db);
  // Or they would renew in the days of the tests behind.
  for (const { id } of (await shop.stripe.subscriptions.list()).data)
    await shop.stripe.subscriptions.cancel(id);
});

const STARTER = 24_000_000n;
const today = () => dayOf(shop.clock.now());
/** Of the account, each line with its object and credits. */
const linesOf = async ({ accountId }: Subscriber, day = today()) =>
  (await reconcileDay(shop.deps, day)).lines
    .filter((each) => each.accountId === accountId)
    .map(({ kind, object, credits }) => [kind, object, credits]);

async function paidPlan(): Promise<{ who: Subscriber; invoiceId: string; source: string }> {
  const who = await shop.makeSubscriber();
  const [row] = await shop.owner<{ source: string; invoice_id: string }[]>`
    select source, invoice_id from allowances where account_id = ${who.accountId} and payment = 'paid'`;
  if (!row) throw new Error("the plan is paid");
  expect(await linesOf(who)).toEqual([]);
  return { who, invoiceId: row.invoice_id, source: row.source };
}

it("lists what a paid line pays for and no allowance gave", async () => {
  const { who, invoiceId, source } = await paidPlan();
  const kept =
    await shop.owner`delete from allowances where account_id = ${who.accountId} and source = ${source} returning *`;
  expect(await linesOf(who)).toEqual([
    ["grant_without_cause", source, STARTER],
    ["plan_credits_not_given", invoiceId, STARTER],
  ]);
  await shop.owner`insert into allowances ${shop.owner(kept)}`;
  expect(await linesOf(who)).toEqual([]);
});

it("lists what was given for a line beyond its worth", async () => {
  const { who, invoiceId, source } = await paidPlan();
  const more = (by: bigint) =>
    shop.owner.begin(async (tx) => {
      await tx`update allowances set credits = credits + ${String(by)}::bigint where account_id = ${who.accountId} and source = ${source}`;
      await tx`update grants set credits = credits + ${String(by)}::bigint, remaining_credits = remaining_credits + ${String(by)}::bigint
      where account_id = ${who.accountId} and source = ${source}`;
    });
  await more(5_000n);
  expect(await linesOf(who)).toEqual([["allowance_above_line", invoiceId, 5_000n]]);
  await more(-5_000n);
  await shop.owner`update allowances set credits = credits - 5 where account_id = ${who.accountId} and source = ${source}`;
  expect(await linesOf(who), "and a grant that is not its allowance's").toEqual([
    ["grant_without_cause", source, STARTER],
  ]);
  await shop.owner`update allowances set credits = credits + 5 where account_id = ${who.accountId} and source = ${source}`;
  expect(await linesOf(who)).toEqual([]);
});

/** Pays back ten dollars of a plan's invoice, and hears of it. */
async function payBack(who: Subscriber): Promise<(cents: number) => Promise<unknown>> {
  const [charge] = await shop.charges(await shop.customerOf(who));
  await fetch(`${shop.simulator.url}/_sim/charges/${charge?.id}/refund`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ amount: 1_000 }),
  });
  await settleReturns(shop.deps, { paymentIntentId: String(charge?.payment_intent) });
  expect(await linesOf(who)).toEqual([]);
  return (cents) =>
    shop.owner`update invoice_refunds set amount_cents = ${cents} where account_id = ${who.accountId}`;
}

const NOT_TAKEN = "plan_credits_not_taken_back";

it("lists credits of a refunded plan invoice that were not taken back, or that were and are to be put back", async () => {
  const { who, invoiceId } = await paidPlan();
  const set = await payBack(who);
  const creditsOf = (cents: bigint) => (STARTER * cents) / 29_900n;
  await set(2_000);
  const due = creditsOf(2_000n) - creditsOf(1_000n);
  expect(await linesOf(who)).toContainEqual([NOT_TAKEN, invoiceId, due]);
  await set(500);
  expect(await linesOf(who)).toContainEqual([NOT_TAKEN, invoiceId, creditsOf(500n) - creditsOf(1_000n)]);
  await set(1_000);
  expect(await linesOf(who)).toEqual([]);
});

it("lists no credits of a refunded plan invoice that an operator took before, and those beyond them", async () => {
  const { who } = await paidPlan();
  const [grant] = await shop.owner<{ id: string }[]>`
    select id from grants where account_id = ${who.accountId} and expires_at > now() and source like 'plan:si%'`;
  await desk.makeOperator();
  await desk.act("revoke", who.accountId, {
    grant: toPublicId("grant", grant?.id ?? ""),
    credits: "1000000",
  });
  const set = await payBack(who);
  const kinds = async () => (await linesOf(who)).map(([kind]) => kind).sort();
  await set(1_200);
  expect(await kinds()).toEqual(["return_untold"]);
  await set(20_000);
  expect(await kinds()).toEqual([NOT_TAKEN, "return_untold"]);
  await set(1_000);
  expect(await kinds()).toEqual([]);
});

it("lists credits that no month, order, refund or operator's act is behind, and none of an act", async () => {
  const { who } = await paidPlan();
  await desk.makeOperator();
  await desk.act("grant", who.accountId, { credits: "700", kind: "promotional", until: "" });
  expect(await linesOf(who)).toEqual([]);
  const source = `act:${newId()}`;
  const id = newId();
  const now = shop.clock.now();
  const life = { startsAt: now, expiresAt: new Date(now.getTime() + DAY) };
  const given = { id, kind: "promotional", source, credits: credits(800n), ...life } as const;
  const done = await transact(shop.db, (tx) =>
    commit(tx, who.accountId, [
      { key: source, command: { kind: "grant", grant: given }, cause: bySystem("of nobody") },
    ]),
  );
  expect(done).toMatchObject([{ kind: "done" }]);
  expect(await linesOf(who)).toEqual([["grant_without_cause", source, 800n]]);
});
