import { and, eq, isNull } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { users } from "../../../db/schema";
import { normalizeEmail } from "../../auth/email";

/** Who runs the product and may sign in, by their e-mail address; null for everybody else. */
export async function findOperatorByEmail(
  db: Reader,
  email: string,
): Promise<{ readonly userId: string } | null> {
  const [found] = await db
    .select({ userId: users.id })
    .from(users)
    .where(
      and(eq(users.email, normalizeEmail(email) ?? ""), eq(users.isOperator, true), isNull(users.disabledAt)),
    );
  return found ?? null;
}
