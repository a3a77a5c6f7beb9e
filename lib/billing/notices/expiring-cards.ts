import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { accounts, paymentMethods, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { forEachAccount } from "../../ledger/each-account";
import { mailBuyers } from "../../outbox/enqueue";
import { renewalCardExpiry, toCardViews } from "../cards/view";
import type { NoticeDeps } from "./low-credits";

const AT_A_TIME = 500;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Mails accounts whose plan is charged to a card that ends with this month or the next, and before the plan renews, or has
 * ended, by the rule of the pages: once for each card and expiry.
 */
export async function noticeExpiringCards({ db, log }: NoticeDeps): Promise<void> {
  let after = FIRST_ID;
  for (;;) {
    const accountIds = await findCandidates(db, after);
    const trouble = "an account could not be told of a card that expires";
    await forEachAccount(accountIds, { log, trouble, step: (accountId) => look(db, accountId) });
    if (accountIds.length < AT_A_TIME) return;
    after = accountIds.at(-1) ?? after;
  }
}

async function look(db: Database, accountId: string): Promise<void> {
  const [cards, [account], [subscription]] = await Promise.all([
    db.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId)),
    db
      .select({ defaultId: accounts.defaultPaymentMethodId, now: sql<string>`now()` })
      .from(accounts)
      .where(eq(accounts.id, accountId)),
    db
      .select()
      .from(subscriptions)
      .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true))),
  ]);
  const views = toCardViews(cards, account?.defaultId ?? null, subscription ?? null);
  const card = views.find((each) => each.paysRenewals);
  if (!card || !account || !subscription?.periodEnd || !subscription.plan) return;
  const { periodEnd: renewsAt } = subscription;
  if (renewalCardExpiry(card, { renewsAt, now: new Date(account.now) }) === "fine") return;
  const { id, brand, last4, expMonth, expYear } = card;
  const facts = {
    card: { brand, last4, expMonth, expYear },
    plan: { id: subscription.plan, interval: subscription.interval },
    renewsAt,
  };
  const effect = effectOf({ id, expMonth, expYear });
  await transact(db, (tx) => mailBuyers(tx, accountId, { kind: "card_expiring", effect, facts }));
}

const effectOf = (card: { id: string; expMonth: number; expYear: number }) =>
  `card_expiring:${card.id}:${card.expYear}-${card.expMonth}`;

/** Accounts with a plan that renews and any card that ends soon of which they were not told. */
async function findCandidates(db: Database, after: string): Promise<readonly string[]> {
  const rows = await db
    .selectDistinct({ accountId: paymentMethods.accountId })
    .from(paymentMethods)
    .innerJoin(
      subscriptions,
      and(
        eq(subscriptions.accountId, paymentMethods.accountId),
        eq(subscriptions.isPrimary, true),
        isNull(subscriptions.cancelAt),
      ),
    )
    .where(
      sql`${paymentMethods.accountId} > ${after}
        and make_date(exp_year, exp_month, 1) <= (date_trunc('month', now() at time zone 'UTC') + interval '1 month')::date
        and not exists (select from account_mails m where m.account_id = ${paymentMethods.accountId}
          and m.effect = 'card_expiring:' || ${paymentMethods.id} || ':' || exp_year || '-' || exp_month)`,
    )
    .orderBy(paymentMethods.accountId)
    .limit(AT_A_TIME);
  return rows.map((each) => each.accountId);
}
