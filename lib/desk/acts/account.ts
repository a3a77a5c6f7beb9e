import { and, eq, isNull } from "drizzle-orm";
import { accounts, subscriptions } from "../../../db/schema";
import { lockAccount } from "../../billing/account";
import { applyFacts } from "../../billing/allowances/apply/apply-facts";
import { syncPaymentMethods } from "../../billing/cards/sync";
import { findPlan } from "../../catalog/plans";
import { err, ok } from "../../result";
import { type AccountScene, type Aftermath, accountAct, type Measured } from "./act";
import { measureBooks } from "./books";
import { readCredits } from "./read-fields";

/** Reads again what Stripe says of an account's plan and cards. */
export const readAccount = accountAct({
  fields: [],
  prepare: async (scene) =>
    ok({
      subject: null,
      basis: [],
      measure: () => measurePlan(scene),
      run: async () => ok({}),
      afterwards: async (deps): Promise<Aftermath> => {
        const { id: accountId, stripeCustomerId: customerId } = scene.account;
        let isRead = false;
        const also = async () => {
          isRead = true;
        };
        await deps.syncSubscription(deps, { accountId }, { toTheEnd: true, also });
        const cards = customerId ? await syncPaymentMethods(deps, { accountId, customerId }) : ok();
        return { kind: isRead && cards.ok ? "done" : "unknown" };
      },
    }),
  counter: null,
});

/**
 * Gives an account a plan by agreement, which no subscription pays for: the plan at once, its credits from the next cycle on.
 * Without credits the catalog says how many.
 */
export const setPlan = accountAct({
  fields: ["plan", "credits"],
  prepare: async (scene) => {
    const { account, fields, tx } = scene;
    const plan = findPlan(fields.plan ?? "");
    if (!plan) return err({ code: "bad_field", field: "plan" });
    const asked = fields.credits === "" ? ok(null) : readCredits(fields);
    if (!asked.ok) return asked;
    const months = asked.value ?? plan.creditsPerCycle;
    if (months === null) return err({ code: "plan_without_credits" });
    const [live] = await tx
      .select({ id: subscriptions.id })
      .from(subscriptions)
      .where(and(eq(subscriptions.accountId, account.id), isNull(subscriptions.endedAt)));
    if (live) return err({ code: "has_subscription" });
    const was = {
      plan: account.internalPlan ?? account.plan,
      credits: String(account.allowanceCredits ?? ""),
    };
    return ok({
      subject: null,
      basis: [was.plan, was.credits, account.plan, account.planStatus],
      weighs: { credits: months },
      measure: () => measurePlan(scene),
      run: async () => {
        await tx
          .update(accounts)
          .set({ internalPlan: plan.id, allowanceCredits: asked.value, planStatus: "active" })
          .where(eq(accounts.id, account.id));
        await applyFacts(tx, await lockAccount(tx, account.id));
        return ok({ wasPlan: was.plan, wasCredits: was.credits });
      },
    });
  },
  counter: ({ wasPlan, wasCredits }) =>
    wasPlan ? { kind: "set_plan", fields: { plan: wasPlan, credits: wasCredits ?? "" } } : null,
});

async function measurePlan(scene: AccountScene): Promise<readonly Measured[]> {
  const [row] = await scene.tx.select().from(accounts).where(eq(accounts.id, scene.account.id));
  const months = row?.allowanceCredits ?? findPlan(row?.plan ?? "")?.creditsPerCycle ?? null;
  return [
    { name: "Plan", unit: "text", value: `${row?.plan} (${row?.planStatus})` },
    { name: "Credits a month", unit: "credits", value: months === null ? "" : String(months) },
    ...(await measureBooks(scene)),
  ];
}
