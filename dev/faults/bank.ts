import { inArray, sql } from "drizzle-orm";
import type { BillingDeps } from "../../lib/billing/deps";
import { settleOrder } from "../../lib/billing/orders/settle";
import { settlePlanPayment } from "../../lib/billing/subscriptions/settle-payment";
import { answerBank, type BankAnswer } from "../simulation/hosted-pages";

type Waiting = { readonly what: "order" | "payment"; readonly accountId: string; readonly id: string };

/** Whatever of these accounts waits for a bank is answered there; then, where they come back, settled. */
export async function comeBack(
  deps: BillingDeps,
  accountIds: readonly string[],
  answer: BankAnswer,
  comesBack = true,
): Promise<void> {
  for (const { what, accountId, id } of await listWaiting(deps, accountIds)) {
    const look = () =>
      what === "order"
        ? settleOrder(deps, { accountId, orderId: id })
        : settlePlanPayment(deps, { accountId, paymentId: id });
    const url = (await look())?.actionUrl;
    if (!url || answer === "walk away") continue;
    await answerBank(url, answer);
    if (comesBack) await look();
  }
}

async function listWaiting({ db }: BillingDeps, accountIds: readonly string[]): Promise<readonly Waiting[]> {
  const own = inArray(sql`account_id`, [...accountIds]);
  return db.execute<Waiting>(sql`
    select 'order' as what, account_id as "accountId", id from orders where status = 'requires_action' and ${own}
    union all
    select 'payment', account_id, id from plan_payments where status = 'requires_action' and ${own}`);
}
