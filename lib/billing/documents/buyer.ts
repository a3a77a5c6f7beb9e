import { eq } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { type BuyerCopy, billingDetails } from "../../../db/schema";
import { addressLines } from "../details/address";
import { findPerson } from "./order";

/** Who buys, as the account's billing details say it now; without any, by the account's name alone. */
export async function copyBuyer(
  db: Reader,
  account: { readonly id: string; readonly name: string },
  placedBy: string,
): Promise<BuyerCopy> {
  const [details] = await db.select().from(billingDetails).where(eq(billingDetails.accountId, account.id));
  return {
    name: details?.name ?? account.name,
    address: details ? addressLines(details) : [],
    taxIdType: details?.taxIdType ?? null,
    taxId: details?.taxId ?? null,
    placedBy: await findPerson(db, placedBy),
  };
}
