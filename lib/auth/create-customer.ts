import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openAccount } from "../billing/open-account";
import { billingPeriodAt } from "../calendar";
import type { PlanId } from "../catalog/plans";
import { newId } from "../ids";
import type { Credits } from "../money/credits";
import { isPlainLine, isVisible } from "../plain-text";
import { err, invariant, ok, type Result } from "../result";
import { normalizeEmail } from "./email";
import { checkNewPassword, hashPassword, type PasswordProblem } from "./passwords";
import { MAX_NAME_LENGTH } from "./profile";

export type NewCustomer = {
  readonly email: string;
  readonly name: string;
  readonly plan: PlanId;
  /** A month, by agreement; left out, the catalog says. */
  readonly allowanceCredits?: Credits | null;
  readonly password: string;
  readonly isOperator: boolean;
  /** The product's name is no password. */
  readonly productName: string;
};

export type CreateCustomerError =
  | PasswordProblem
  | { readonly code: "not_an_email" | "email_taken" | "bad_name" };

/** A user who may sign in, as the owner of a new account on a plan whose first month begins now. */
export async function createCustomer(
  db: Database,
  { plan, allowanceCredits, password, productName, ...person }: NewCustomer,
): Promise<Result<{ accountId: string; userId: string }, CreateCustomerError>> {
  const email = normalizeEmail(person.email);
  if (!email) return err({ code: "not_an_email" });
  const name = person.name.trim();
  if (name.length > MAX_NAME_LENGTH || !isPlainLine(name) || !isVisible(name))
    return err({ code: "bad_name" });
  const goodPassword = checkNewPassword(password, { email, name, productName });
  if (!goodPassword.ok) return goodPassword;
  const passwordHash = await hashPassword(password);
  return transact(
    db,
    async (tx): Promise<Result<{ accountId: string; userId: string }, CreateCustomerError>> => {
      const userId = newId();
      const created = await tx
        .insert(users)
        .values({ ...person, id: userId, email, name, passwordHash })
        .onConflictDoNothing({ target: users.email })
        .returning({ id: users.id });
      if (created.length === 0) return err({ code: "email_taken" });
      const [clock] = await tx.execute<{ now: string }>(sql`select date_trunc('second', now()) as now`);
      invariant(clock, "the database has a clock");
      const cycleAnchor = new Date(clock.now);
      const period = billingPeriodAt(cycleAnchor, cycleAnchor);
      const account = { name, plan, allowanceCredits, cycleAnchor, period };
      const accountId = await openAccount(tx, account);
      await tx.insert(memberships).values({ accountId, userId, role: "owner" });
      return ok({ accountId, userId });
    },
  );
}
