import type { Reader } from "../db/client";
import { countPlanUses, PLAN_USES, type PlanUse } from "./billing/plans-in-use";
import { getCatalog } from "./catalog/catalog";
import { findLostIds } from "./catalog/kept-ids";
import { countCategoryUses } from "./ledger/categories-in-use";

/**
 * What stands against going by this process's catalog on this database: a sentence for each plan and category that it lacks
 * and accounts use, with how many, and what to do. Ordinarily two small reads; only what is missing is looked for in the
 * accounts' tables. Writes nothing. Rejects when the database is away or not migrated.
 */
export async function checkCatalog(db: Reader): Promise<readonly string[]> {
  const { file } = getCatalog();
  const lost = await findLostIds(db);
  const sentences: string[] = [];
  for (const plan of lost.plans) {
    const uses = await countPlanUses(db, plan);
    if (uses.accounts === 0) continue;
    const how = PLAN_USES.filter((use) => uses[use] > 0).map((use) => USES[use](uses[use]));
    sentences.push(
      `${file}: the plan "${plan}" is gone, and ${countAccounts(uses.accounts)} it (${how.join(", ")}). ` +
        'Put it back into plans, with "retired": true if nobody is to choose it any more.',
    );
  }
  for (const { number, id, now } of lost.categories) {
    const accounts = await countCategoryUses(db, number);
    if (accounts === 0) continue;
    sentences.push(
      now === null
        ? `${file}: the category "${id}", number ${number}, is gone, and ${countAccounts(accounts)} it. ` +
            'Put it back into categories, with "retired": true if nothing new is to be spent under it.'
        : `${file}: number ${number} is the category "${now}" now, and ${countAccounts(accounts)} it as "${id}". ` +
            `Put "${id}" back under its number, with "retired": true if nothing new is to be spent under it, and give "${now}" a number of its own.`,
    );
  }
  return sentences;
}

const countAccounts = (count: number): string => (count === 1 ? "1 account uses" : `${count} accounts use`);

const are = (count: number): string => `${count} ${count === 1 ? "is" : "are"}`;
const USES: Readonly<Record<PlanUse, (count: number) => string>> = {
  on: (count) => `${are(count)} on it`,
  subscribed: (count) => `${count} with a subscription to it`,
  coming: (count) => `${are(count)} about to change to it or stay on it`,
  ordering: (count) => `${are(count)} paying for it or at Checkout`,
  invoiced: (count) => `${count} with invoices whose credits are still to come`,
};
