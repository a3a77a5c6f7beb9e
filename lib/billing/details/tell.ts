import { and, asc, eq, lte, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { billingDetails } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { forEachAccount } from "../../ledger/each-account";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import { toDetails } from "./queries";

/**
 * `told`: Stripe has what is stored. `refused_tax_id`: it has the rest; the tax id was none to it and is not kept. `later`: it
 * did not say, or somebody else is telling it just now; the sweep tells it again.
 */
export type Told = "told" | "refused_tax_id" | "later";

/** Whoever tells Stripe has so long for it: nobody else does meanwhile, so that older details cannot arrive after newer ones. */
const LEASE = sql`now() + interval '1 minute'`;

/** Stripe's code for a tax id that is none of its type. */
const NO_TAX_ID = "tax_id_invalid";

/** Details change while they are told: more than a few times would be somebody playing. */
const MAX_ROUNDS = 5;

/** Brings Stripe's customer to the account's billing details: name, address and tax id, outside of any transaction. */
export async function tellBillingDetails(deps: BillingDeps, accountId: string): Promise<Told> {
  let refused = false;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const claimed = await claim(deps, accountId);
    if (!claimed) break;
    const { row, customerId } = claimed;
    // The same request for the same version, whoever sends it again.
    const key = `account:${accountId}:details:${customerId}:${row.version}${row.refusedTaxId ? ":without" : ""}`;
    const asked = await deps.gateway.setBillingDetails({ key, customerId, ...toDetails(row) });
    if (asked.kind === "refused" && asked.code === NO_TAX_ID && row.taxId !== null) {
      refused = true;
      await dropTaxId(deps, accountId, row.version);
      continue;
    }
    if (asked.kind !== "answered") {
      if (asked.kind === "refused") await putOff(deps, accountId);
      deps.log.warn({ accountId, asked }, "billing details were not kept at the payment provider");
      return "later";
    }
    await deps.db
      .update(billingDetails)
      .set({ toldVersion: row.version, nextTellAt: sql`now()` })
      .where(eq(billingDetails.accountId, accountId));
  }
  const [left] = await deps.db
    .select({ untold: sql<boolean>`${billingDetails.toldVersion} < ${billingDetails.version}` })
    .from(billingDetails)
    .where(eq(billingDetails.accountId, accountId));
  if (left?.untold) return "later";
  return refused ? "refused_tax_id" : "told";
}

type Claimed = { readonly row: typeof billingDetails.$inferSelect; readonly customerId: string };

/** Takes the lease on details that Stripe does not have; null where there is nothing to tell, or somebody else tells it. */
const claim = ({ db }: BillingDeps, accountId: string): Promise<Claimed | null> =>
  transact(db, async (tx) => {
    const { account } = await lockAccount(tx, accountId);
    const customerId = account.stripeCustomerId;
    if (!customerId) {
      await nothingToTell(tx, accountId);
      return null;
    }
    const [row] = await tx
      .update(billingDetails)
      .set({ nextTellAt: LEASE })
      .where(
        and(
          eq(billingDetails.accountId, accountId),
          sql`${billingDetails.toldVersion} < ${billingDetails.version}`,
          lte(billingDetails.nextTellAt, sql`now()`),
        ),
      )
      .returning();
    return row ? { row, customerId } : null;
  });

/** Without a customer at Stripe they wait for one: whoever makes it marks them as not told. */
const nothingToTell = (tx: Tx, accountId: string) =>
  tx
    .update(billingDetails)
    .set({ toldVersion: sql`${billingDetails.version}` })
    .where(eq(billingDetails.accountId, accountId));

/**
 * What Stripe refuses as a tax id is written on no document; what else was entered stays, and what was entered meanwhile. Gives
 * the lease back.
 */
const dropTaxId = ({ db }: BillingDeps, accountId: string, version: number): Promise<void> =>
  transact(db, async (tx) => {
    const mine = eq(billingDetails.accountId, accountId);
    await tx.update(billingDetails).set({ nextTellAt: sql`now()` }).where(mine);
    await tx
      .update(billingDetails)
      .set({ refusedTaxId: sql`${billingDetails.taxId}`, taxId: null, taxIdType: null })
      .where(and(mine, eq(billingDetails.version, version)));
  });

/** What Stripe refuses as a whole it will not take a minute later either. */
const putOff = ({ db }: BillingDeps, accountId: string) =>
  db
    .update(billingDetails)
    .set({ nextTellAt: sql`now() + interval '1 hour'` })
    .where(eq(billingDetails.accountId, accountId));

const AT_A_TIME = 50;

/** Tells Stripe of the details that it could not be told of before. One account's trouble does not stop the others. */
export async function sweepBillingDetails(deps: BillingDeps): Promise<void> {
  const due = await deps.db
    .select({ accountId: billingDetails.accountId })
    .from(billingDetails)
    .where(
      and(
        sql`${billingDetails.toldVersion} < ${billingDetails.version}`,
        lte(billingDetails.nextTellAt, sql`now()`),
      ),
    )
    .orderBy(asc(billingDetails.nextTellAt))
    .limit(AT_A_TIME);
  await forEachAccount(
    due.map((each) => each.accountId),
    {
      log: deps.log,
      trouble: "billing details could not be told",
      step: async (accountId) => void (await tellBillingDetails(deps, accountId)),
    },
  );
}
