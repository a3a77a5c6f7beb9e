import { inArray, sql } from "drizzle-orm";
import type { BillingDeps } from "../../lib/billing/deps";
import { settleOrder } from "../../lib/billing/orders/settle";
import { settlePlanPayment } from "../../lib/billing/subscriptions/settle-payment";
import { toPublicId } from "../../lib/ids";
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
    const look = async () => {
      const settled =
        what === "order"
          ? await settleOrder(deps, { accountId, orderId: id })
          : await settlePlanPayment(deps, { accountId, paymentId: toPublicId("planPayment", id) });
      if (!settled) throw new Error(`the ${what} ${id} that waits for its bank was not found`);
      return settled;
    };
    const { actionUrl: url } = await look();
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
