import { asc, eq } from "drizzle-orm";
import {
  accounts,
  allowances,
  attentionItems,
  currentGrants,
  invoiceLines,
  subscriptions,
} from "../../db/schema";
import { idOf } from "../stripe/ids";
import { meaningOf, saysSo } from "./operator/dashboard";
import type { World } from "./world";

const at = (seconds: number | null): string => (seconds === null ? "–" : iso(new Date(seconds * 1_000)));
const iso = (date: Date): string => date.toISOString().slice(0, 16);

/** What Stripe and the books say of an account, for whoever looks into a failure. */
export async function describeAccount(world: World, accountId: string): Promise<readonly string[]> {
  return [...atStripe(world, accountId), ...(await inBooks(world, accountId))];
}

function atStripe({ simulator: { store }, dashboard }: World, accountId: string): string[] {
  const isIts = (customer: Parameters<typeof idOf>[0]) =>
    dashboard.accountOf.get(idOf(customer) ?? "") === accountId;
  const sold = (price: Parameters<typeof idOf>[0]) => {
    const meaning = meaningOf(store, dashboard, price);
    const cents = store.get("price", idOf(price) ?? "")?.unit_amount;
    const says = saysSo(store, dashboard, price) ? "" : " (unreadable)";
    return meaning
      ? `${meaning.plan}/${meaning.interval} ${meaning.creditsPerMonth} at ${cents}${says}`
      : "other";
  };
  const its = store
    .list("subscription")
    .filter((each) => isIts(each.customer))
    .reverse();
  const bills = store
    .list("invoice")
    .filter((each) => isIts(each.customer))
    .reverse();
  const pending = store.list("invoiceitem").filter((each) => isIts(each.customer) && !each.invoice);
  const item = (each: (typeof its)[number]["items"]["data"][number]) =>
    `  ${each.id} ${each.quantity} × ${sold(each.price)} ${at(each.current_period_start)} – ${at(each.current_period_end)}`;
  const line = (each: { amount: number; period: { start: number; end: number } }, rest: string) =>
    `  ${String(each.amount).padStart(9)} ${at(each.period.start)} – ${at(each.period.end)} ${rest}`;
  return [
    ...its.flatMap((each) => [
      `${each.id} ${each.status} made ${at(each.created)} anchor ${at(each.billing_cycle_anchor)} cancel ${at(each.cancel_at)} ended ${at(each.ended_at)} ` +
        `trial ${at(each.trial_end)} ${each.pause_collection?.behavior ?? ""} ${each.collection_method} ${idOf(each.schedule) ?? ""}`,
      ...each.items.data.map(item),
    ]),
    ...bills.flatMap((each) => [
      `${each.id} ${each.status} ${each.billing_reason} made ${at(each.created)} paid ${at(each.status_transitions.paid_at)} ` +
        `total ${each.total} paid ${each.amount_paid} remaining ${each.amount_remaining} notes ` +
        `${each.pre_payment_credit_notes_amount + each.post_payment_credit_notes_amount} of ${idOf(each.parent?.subscription_details?.subscription)}`,
      ...(store.get("invoice_lines", each.id)?.lines ?? []).map((one) =>
        line(
          one,
          `${one.quantity} × ${sold(one.pricing?.price_details?.price ?? null)} ${one.parent?.subscription_item_details?.subscription_item ?? "no item"} ${one.id}`,
        ),
      ),
    ]),
    ...(pending.length > 0 ? ["pending:"] : []),
    ...pending.map((one) =>
      line(one, `${one.quantity} × ${sold(one.pricing?.price_details?.price ?? null)}`),
    ),
  ];
}

async function inBooks({ db }: World, accountId: string): Promise<string[]> {
  const [[account], given, grants, told, subscribed, lines] = await Promise.all([
    db.select().from(accounts).where(eq(accounts.id, accountId)),
    db
      .select()
      .from(allowances)
      .where(eq(allowances.accountId, accountId))
      .orderBy(asc(allowances.startsAt), asc(allowances.source)),
    db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId)),
    db.select().from(attentionItems).where(eq(attentionItems.accountId, accountId)),
    db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId)),
    db.select().from(invoiceLines).where(eq(invoiceLines.accountId, accountId)),
  ]);
  return [
    account
      ? `account: ${account.plan} ${account.planStatus} ${iso(account.periodStart)} – ${iso(account.periodEnd)} over ${account.overgivenCredits} due ${account.cycleDueAt ? iso(account.cycleDueAt) : "–"} read ${account.billingReadAt ? iso(account.billingReadAt) : "–"}`
      : "no account",
    ...subscribed.map(
      (each) =>
        `known: ${each.id} ${each.status}${each.isPrimary ? " shown" : ""} freed ${each.downgradedToFreeAt ? iso(each.downgradedToFreeAt) : "–"}`,
    ),
    ...given.map((each) => {
      const grant = grants.find(({ id }) => id === each.grantId);
      return (
        `${each.source} ${each.plan} ${each.origin} ${each.payment}${each.frozen ? " frozen" : ""} ${each.closed ?? ""} ${each.credits} ` +
        `${iso(each.startsAt)} – ${iso(each.endsAt)} spent ${grant?.spentCredits ?? 0n} revoked ${grant?.revokedCredits ?? 0n} ` +
        `debt ${each.debtCredits ?? 0n} by ${each.invoiceId ?? "–"} opened ${iso(each.openedAt)}${each.regrantId ? " given again" : ""}`
      );
    }),
    ...lines
      .filter(({ plan, unreadableReason }) => plan !== null || unreadableReason !== null)
      .map(
        (each) =>
          `line ${each.id} ${each.plan ?? each.unreadableReason} ${each.amountCents} decided ${each.decidedAt ? iso(each.decidedAt) : "–"}${each.assumed ? " assumed" : ""}`,
      ),
    ...told.map((each) => `attention: ${each.reason} ${each.objectId} ${each.state}`),
  ];
}
