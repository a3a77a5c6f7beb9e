import type { Addressed } from "../../db/address";
import { connect, type Database } from "../../db/client";
import { countByPrice, countOtherAllowances } from "../billing/subscriptions/count";
import { listPlans } from "../catalog/plans";
import { checkCatalog } from "../check-catalog";
import { databaseAddress, type SetupEnv } from "../env";
import { credits } from "../money/credits";
import { formatCredits } from "../money/format";
import type { CountSubscriptions } from "./setup-counts";

export type SetupDatabase = {
  /** Why nothing is to be set up: the catalog lacks what accounts use. */
  readonly refusals: readonly string[];
  /** What the catalog changes for whom once the processes have it, though nothing of it changes at Stripe. */
  readonly notes: readonly string[];
  /** Undefined: there is no database to count in. */
  readonly count?: CountSubscriptions | undefined;
};

const NONE: SetupDatabase = { refusals: [], notes: [] };

/** The database to look at; undefined where none is named. */
export const databaseOf = ({ DATABASE_URL, ...settings }: SetupEnv): Addressed | undefined =>
  DATABASE_URL ? databaseAddress({ ...settings, DATABASE_URL }) : undefined;

/**
 * What the setup has to know of the accounts, where there is a database. Reads it and writes nothing. One that cannot be
 * read, or is not migrated yet, is told of; then subscriptions are counted at Stripe.
 */
export async function readSetupDatabase(
  address: Addressed | undefined,
  tell: (sentence: string) => void,
): Promise<SetupDatabase> {
  if (!address) return NONE;
  const db = connect(address, { max: 1, applicationName: "refill setup" });
  try {
    const [refusals, notes, counts] = [await checkCatalog(db), await findNotes(db), await countByPrice(db)];
    const count = (price: string) =>
      Promise.resolve({ subscriptions: counts.get(price) ?? 0, orMore: false });
    return { refusals, notes, count };
  } catch {
    tell(
      "DATABASE_URL: the database cannot be read, or is not migrated: subscriptions are counted at Stripe.",
    );
    return NONE;
  } finally {
    await db.pool.end({ timeout: 5 });
  }
}

/** A plan's allowance is the catalog's, whatever price somebody pays: where it differs, the next billing period has the new one. */
async function findNotes(db: Database): Promise<string[]> {
  const plans = listPlans().filter(({ kind }) => kind === "self_serve");
  const notes = await Promise.all(
    plans.map(async ({ id, creditsPerCycle }) => {
      const others = creditsPerCycle ? await countOtherAllowances(db, id, creditsPerCycle) : [];
      return others.map(
        ({ credits: before, count }) =>
          `${id}: ${count} ${count === 1 ? "subscription gets" : "subscriptions get"} ${show(creditsPerCycle ?? 0n)} credits a month instead of ${show(before)} ` +
          "once every process has this catalog, from the next billing period on.",
      );
    }),
  );
  return notes.flat();
}

const show = (amount: bigint): string => formatCredits(credits(amount), "en");
