import { sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import type { BillingLog } from "../deps";
import { documentName } from "./number";

/** One number that is not as it must be. */
export type NumberTrouble = {
  /** `INV-000042`. */
  readonly document: string;
  readonly what: "gap" | "no document" | "document without its number" | "beyond the counter";
};

/** The numbers of documents are not those of their series. The log says which. */
export class DocumentsOutOfOrder extends Error {
  override name = "DocumentsOutOfOrder";
}

/**
 * Compares every series' counter with its numbers, and every number with the document that has it. An empty list is what it
 * should return: numbers from 1 to the counter's, each once, each of one document. Reads all of them: for a nightly job and tests.
 */
export async function findNumberTrouble(db: Reader): Promise<readonly NumberTrouble[]> {
  const rows = await db.execute<{ series: string; number: string; what: NumberTrouble["what"] }>(sql`
    with written as (select series, number, account_id, order_id from documents)
    select s.series, wanted.number::text, 'gap' as what
    from document_series s cross join lateral generate_series(1, s.last_number) as wanted(number)
    where not exists (select from document_numbers n where n.series = s.series and n.number = wanted.number)
    union all
    select n.series, n.number::text, 'beyond the counter' from document_numbers n
    join document_series s on s.series = n.series where n.number > s.last_number
    union all
    select n.series, n.number::text, 'no document' from document_numbers n
    left join written w on w.series = n.series and w.number = n.number and w.account_id = n.account_id and w.order_id = n.order_id
    where w.number is null
    union all
    select w.series, w.number::text, 'document without its number' from written w
    left join document_numbers n on n.series = w.series and n.number = w.number and n.account_id = w.account_id and n.order_id = w.order_id
    where n.number is null
    order by 1, 2, 3`);
  return rows.map(({ series, number, what }) => ({
    document: documentName({ series, number: BigInt(number) }),
    what,
  }));
}

/** In one log line. */
const MAX_LOGGED = 100;

/** Lists what is wrong with the numbers in the log and throws `DocumentsOutOfOrder`, or says nothing. */
export async function checkDocuments({ db, log }: { db: Reader; log: BillingLog }): Promise<void> {
  const trouble = await findNumberTrouble(db);
  if (trouble.length === 0) return;
  log.error({ trouble: trouble.slice(0, MAX_LOGGED), all: trouble.length }, "documents are out of order");
  throw new DocumentsOutOfOrder(`${trouble.length} numbers of documents are not as they must be`);
}
