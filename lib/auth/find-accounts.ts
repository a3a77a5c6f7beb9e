import { asc, eq } from "drizzle-orm";
import type { Database } from "../../db/client";
import { accounts, memberships, users } from "../../db/schema";
import { normalizeEmail } from "./email";

/** Every account the person with this address belongs to, the one they act for first. */
export const findAccountsOf = (db: Database, email: string) =>
  db
    .select({
      accountId: memberships.accountId,
      name: accounts.name,
      plan: accounts.plan,
      role: memberships.role,
    })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(accounts, eq(accounts.id, memberships.accountId))
    .where(eq(users.email, normalizeEmail(email) ?? ""))
    .orderBy(asc(memberships.createdAt), asc(memberships.accountId));
