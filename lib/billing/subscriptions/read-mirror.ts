import { eq, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { prepareOnce } from "../../../db/prepare-once";
import { accounts, invoiceLines, invoices, pendingLines, subscriptions } from "../../../db/schema";
import type { SyncOptions } from "../deps";
import type { KnownBilling } from "../facts";

const DAY_MS = 86_400_000;
/** More than clocks differ by, and than passes between a read and its being stored. */
const MARGIN_MS = DAY_MS;
/** More are read again by the next look: a customer with that many is for an operator. */
const MAX_BY_ID = 100;

/** One statement, in the words of the indexes: every read of an account's billing begins with it. */
const readKnown = prepareOnce(["accountId"], (db, { accountId }: { readonly accountId: string }) =>
  db
    .select({
      readAt: accounts.billingReadAt,
      subscriptionIds: sql<string[]>`(
        select coalesce(json_agg(s.id), '[]') from ${subscriptions} s
        where s.account_id = ${accountId} and s.status not in ('canceled', 'incomplete_expired'))`,
      invoiceIds: sql<string[]>`(
        select coalesce(json_agg(u.id order by u.created_at desc), '[]') from (
          select i.id, i.created_at from ${invoices} i
          where i.account_id = ${accountId} and (i.status in ('draft', 'open', 'uncollectible') or exists (
            select from ${invoiceLines} l where l.account_id = ${accountId} and l.invoice_id = i.id
              and (l.decided_at is null or l.assumed) and (l.plan is not null or l.unreadable_reason is not null)))
          order by i.created_at desc limit ${sql.raw(String(MAX_BY_ID))}
        ) u)`,
      hasPendingLines: sql<boolean>`exists (select from ${pendingLines} p where p.account_id = ${accountId})`,
    })
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .prepare("known_billing"),
);

/**
 * What `readBilling` has to be told: subscriptions that have not ended and invoices of which something is undecided, which
 * are asked for by their ids where no list shows them, and how far back the lists are read for what is new. Pass
 * `toTheEnd` to read them to their last page whatever is known, as `sync` does; and what events `told`
 * where they have it read.
 */
export async function findKnown(
  db: Reader,
  accountId: string,
  { toTheEnd = false, told }: Pick<SyncOptions, "toTheEnd" | "told"> = {},
): Promise<KnownBilling> {
  const [known] = await readKnown(db, { accountId });
  const { readAt = null, subscriptionIds = [], invoiceIds = [], hasPendingLines = false } = known ?? {};
  const since = readAt === null || toTheEnd ? null : new Date(readAt.getTime() - MARGIN_MS);
  const isAllKnown = subscriptionIds.length > 0 && told?.onlyOf?.every((id) => subscriptionIds.includes(id));
  return {
    ...{ subscriptionIds, invoiceIds, hasPendingLines, since },
    ...(told && { told: told.invoiceIds }),
    byInvoices: since !== null && isAllKnown === true,
  };
}
