import type { Addressed } from "../../../db/address";
import { connect } from "../../../db/client";
import { findBelonging } from "../access/belonging";
import type { Owner } from "./account";
import { about, type Finding } from "./finding";

/** Whether the database's Stripe ids are this key's. Only read: a database that belongs to nobody yet stays so. */
export async function readDatabase(
  address: Addressed | undefined,
  owner: Owner,
): Promise<readonly Finding[]> {
  const { good, bad, note, unknown } = about("database");
  if (!address)
    return [note("DATABASE_URL is not set: whether a database belongs to this account was not looked at.")];
  const db = connect(address, { max: 1, applicationName: "refill doctor" });
  try {
    const belonging = await findBelonging(db, owner);
    if (!belonging)
      return [note("It belongs to no Stripe account yet: to that of the first process that starts.")];
    return [
      belonging.kind === "ours" ? good("It belongs to this account and mode.") : bad(belonging.sentence),
    ];
  } catch {
    return [unknown("It cannot be read, or is not migrated: check DATABASE_URL, and npm run db:migrate.")];
  } finally {
    await db.pool.end({ timeout: 5 });
  }
}
