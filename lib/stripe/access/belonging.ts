import { desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { accounts, stripeAccount } from "../../../db/schema";

/** Whose key it is: the mode the key itself says, and the account where the key may read it. */
export type KeyOwner = { readonly accountId: string | null; readonly live: boolean };

export type Belonging =
  | { readonly kind: "ours" }
  /** Definitely not: a sentence that says what to do. */
  | { readonly kind: "another"; readonly sentence: string }
  | { readonly kind: "forgetting"; readonly sentence: string }
  /** It is, but the database is an older one that was restored. */
  | { readonly kind: "recovering"; readonly sentence: string };

const modeOf = (live: boolean) => (live ? "live mode" : "test mode");
const FORGET =
  "Use a key of that one; or let this database forget what belonged to it: npm run stripe:forget.";

/**
 * Whether a database's Stripe ids are those of this key's account and mode. At first contact the database becomes theirs;
 * `knowsOurs` then says whether the account knows any of the customers this database has, null where it has none.
 */
export async function compareWithDatabase(
  db: Database,
  owner: KeyOwner,
  knowsOurs: (customerIds: readonly string[]) => Promise<boolean>,
): Promise<Belonging> {
  const known = await findRow(db);
  if (!known) {
    const customers = await newestCustomers(db);
    if (customers.length > 0 && !(await knowsOurs(customers)))
      return {
        kind: "another",
        sentence:
          `STRIPE_SECRET_KEY: its account${named(owner.accountId)} knows none of the customers of this database in ` +
          `${modeOf(owner.live)}. Use the key of the account they are of; or let this database forget them: npm run stripe:forget.`,
      };
    // What a database that nobody buys from yet does not know of, it has not lost: another one sold it.
    const recoveredUntil = customers.length === 0 ? sql`now()` : null;
    await db
      .insert(stripeAccount)
      .values({ id: owner.accountId, live: owner.live, recoveredUntil })
      .onConflictDoNothing(); // Of two at once the first decides for both.
  }
  const row = known ?? (await findRow(db));
  if (!row) throw new Error("the database's Stripe account was stored or found");
  if (row.id === null && owner.accountId !== null && row.live === owner.live && !row.forgettingSince)
    await db.update(stripeAccount).set({ id: owner.accountId }).where(isNull(stripeAccount.id));
  return compare(row, owner);
}

/** The same of what is known, without writing anything; null for a database that belongs to nobody yet. */
export async function findBelonging(db: Database, owner: KeyOwner): Promise<Belonging | null> {
  const row = await findRow(db);
  return row && compare(row, owner);
}

function compare(row: typeof stripeAccount.$inferSelect, owner: KeyOwner): Belonging {
  if (row.forgettingSince)
    return {
      kind: "forgetting",
      sentence:
        "This database is being made to forget a Stripe account, and that has not ended: npm run stripe:forget -- --apply.",
    };
  const other = row.id !== null && owner.accountId !== null && row.id !== owner.accountId;
  if (row.live !== owner.live || other)
    return {
      kind: "another",
      sentence:
        `STRIPE_SECRET_KEY: is a key of${named(owner.accountId) || " an account"} in ${modeOf(owner.live)}, and this database ` +
        `belongs to${named(row.id) || " an account"} in ${modeOf(row.live)}. ${FORGET}`,
    };
  return row.recoveringSince ? { kind: "recovering", sentence: RECOVER } : { kind: "ours" };
}

const RECOVER =
  "This database is older than what Stripe took, as after a restored backup: nothing is sold until npm run recover is done.";

/** Whether the database says by itself that Stripe is not to be asked now: of a moment ago, whoever found it out. */
export async function isStopped(db: Database): Promise<boolean> {
  const row = await findRow(db);
  return row !== null && (row.forgettingSince !== null || row.recoveringSince !== null);
}

const named = (accountId: string | null): string => (accountId ? ` ${accountId}` : "");

const findRow = async (db: Database) =>
  (await db.select().from(stripeAccount).where(eq(stripeAccount.one, true)))[0] ?? null;

const A_FEW = 3;

async function newestCustomers(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: accounts.stripeCustomerId })
    .from(accounts)
    .where(isNotNull(accounts.stripeCustomerId))
    .orderBy(desc(accounts.createdAt))
    .limit(A_FEW);
  return rows.flatMap(({ id }) => id ?? []);
}
