import { eq } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { accounts, billingDetails } from "../../../db/schema";
import { invariant } from "../../result";
import type { Address } from "./address";

export type TaxId = { readonly type: string; readonly value: string };

export type BillingDetails = Address & { readonly name: string; readonly taxId: TaxId | null };

export type BillingDetailsView = BillingDetails & {
  /** Stripe has them, or needs none yet. */
  readonly told: boolean;
  /** What Stripe did not accept as a tax id, until another is entered. */
  readonly refusedTaxId: string | null;
};

export type FoundDetails = {
  /** What invoices are made out to where there are no details. */
  readonly accountName: string;
  /** Null where nobody entered any. */
  readonly details: BillingDetailsView | null;
};

/** Whom the account's next invoices are made out to. */
export async function findBillingDetails(db: Reader, accountId: string): Promise<FoundDetails> {
  const [row] = await db
    .select({ accountName: accounts.name, details: billingDetails })
    .from(accounts)
    .leftJoin(billingDetails, eq(billingDetails.accountId, accounts.id))
    .where(eq(accounts.id, accountId));
  invariant(row, `account ${accountId} exists`);
  const { accountName, details } = row;
  if (!details) return { accountName, details: null };
  const { version, toldVersion, refusedTaxId } = details;
  return { accountName, details: { ...toDetails(details), told: toldVersion === version, refusedTaxId } };
}

export const toDetails = (row: typeof billingDetails.$inferSelect): BillingDetails => {
  const { name, line1, line2, postalCode, city, state, country, taxIdType, taxId } = row;
  return {
    ...{ name, line1, line2, postalCode, city, state, country },
    taxId: taxIdType && taxId ? { type: taxIdType, value: taxId } : null,
  };
};
