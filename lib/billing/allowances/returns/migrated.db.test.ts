import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { attentionItems, currentGrants, invoiceReversals } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { openUpgrades, type Upgraded } from "../../../../dev/testing/upgraded";
import { commit } from "../../../ledger/commit";
import { lockBooks } from "../../../ledger/lock-books";
import { getBalance } from "../../../ledger/queries";
import { credits } from "../../../money/credits";
import { lockAccount } from "../../account";
import { settleReturns } from "../../orders/returns/settle";
import { countTakenOfAllowance } from "./count-taken";

// What an earlier release gave is kept under the source that it had there.
const shop = openPlanShop();
const upgrade = openUpgrades(shop);

const STARTER = credits(24_000_000n);

/** Who paid for a month before the release before allowances was upgraded, and how its payment goes back since. */
async function migrated() {
  const who = await shop.makeSubscriber("starter");
  const [invoice] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: String(invoice?.id) })).data;
  const paymentIntentId = String(paid?.payment.payment_intent);
  const after = await upgrade([who]);
  const goesBack = async (amount?: number) => {
    await shop.stripe.refunds.create({ payment_intent: paymentIntentId, ...(amount && { amount }) });
    await settleReturns(after.deps, { paymentIntentId });
  };
  return { who, after, goesBack, total: invoice?.total ?? 0 };
}

const remainingOf = async ({ db }: Upgraded, { accountId }: Subscriber) =>
  (await getBalance(db, accountId)).remaining;
const takenOf = async ({ db }: Upgraded, { accountId }: Subscriber) =>
  (await db.select().from(invoiceReversals).where(eq(invoiceReversals.accountId, accountId)))
    .toSorted((a, b) => a.number - b.number)
    .map(({ number, kind, unused }) => [number, kind, unused]);

it("I14: takes the credits of a month that an earlier release gave when its money goes back", async () => {
  const { who, after, goesBack, total } = await migrated();
  const before = await remainingOf(after, who);
  await goesBack(total / 2);
  expect(await remainingOf(after, who)).toBe(before - STARTER / 2n);
  await goesBack();
  expect(await remainingOf(after, who)).toBe(before - STARTER);
  const half = STARTER / 2n;
  expect(await takenOf(after, who)).toEqual([1, 2].map((number) => [number, "revoke", half]));
  expect(await after.db.$count(attentionItems, eq(attentionItems.accountId, who.accountId))).toBe(0);
  await expectBooksBalance(after.db);
});

it("I14: puts back nothing that an operator took of such a month and that is due since", async () => {
  const { who, after, goesBack } = await migrated();
  const { accountId } = who;
  const [month] = (
    await after.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId))
  ).filter((each) => each.credits === STARTER);
  const grantId = String(month?.id);
  const taken = credits(10_000_000n);
  await transact(after.db, (tx) =>
    commit(tx, accountId, [{ key: "taken", command: { kind: "revoke", grantId, credits: taken } }]),
  );
  await goesBack();
  const none = credits(0n);
  const rest = await transact(after.db, async (tx) => {
    const { account, now } = await lockAccount(tx, accountId);
    await lockBooks(tx, accountId);
    return countTakenOfAllowance(tx, { account, now }, { grantId, used: none, unused: taken, expired: none });
  });
  expect(rest).toEqual({ grantId, used: 0n, unused: 0n, expired: 0n });
  const left = STARTER - taken;
  expect(await takenOf(after, who)).toEqual([
    [1, "revoke", left],
    [2, "revoke", taken],
  ]);
  await expectBooksBalance(after.db);
});
