import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { documentNumbers } from "../../../db/schema";
import { invariant } from "../../result";
import type { OrderRef } from "./order";

/** The least digits of a number, so that files and lists sort as they were numbered. */
const DIGITS = 6;

/** `INV-000042`: how a document is called, here and at Stripe. */
export const documentName = ({ series, number }: { series: string; number: bigint }): string =>
  series + String(number).padStart(DIGITS, "0");

/**
 * A step: takes the series' next number for a document of this order, and the instant at which it was taken. Whoever takes one
 * later waits until this transaction has ended, and gets the following number only if it was committed: no gap, none twice,
 * and later numbers have later instants. Take it as late in the transaction as can be.
 */
export async function takeNumber(
  tx: Tx,
  { accountId, orderId }: OrderRef,
  series: string,
): Promise<{ readonly number: bigint; readonly at: Date }> {
  const [taken] = await tx.execute<{ number: string; at: string }>(sql`
    insert into document_series as s (series, last_number) values (${series}, 1)
    on conflict (series) do update set last_number = s.last_number + 1
    returning s.last_number::text as number, clock_timestamp() as at`);
  invariant(taken, "a series counts");
  const number = BigInt(taken.number);
  await tx.insert(documentNumbers).values({ series, number, accountId, orderId });
  return { number, at: new Date(taken.at) };
}
