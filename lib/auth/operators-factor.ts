import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { users } from "../../db/schema";
import { env } from "../env";
import { DESK_PATH } from "./desk-path";

/** Where the product is reached over https, who runs it signs in with a second factor; a demo on this machine is not. */
export const operatorsNeedFactor = (): boolean => env().APP_URL.startsWith("https://");

/** Of the user's row in the query around it: whether a second factor is on. */
export const HAS_FACTOR = sql<boolean>`exists (select 1 from second_factors f where f.user_id = ${users.id} and f.confirmed_at is not null)`;

/** Whether this is an operator who has to set a second factor up before anything else of an operator's. */
export async function needsFactor(
  db: Database,
  userId: string,
  isNeeded: boolean = operatorsNeedFactor(),
): Promise<boolean> {
  if (!isNeeded) return false;
  const [operator] = await db
    .select({ hasFactor: HAS_FACTOR })
    .from(users)
    .where(and(eq(users.id, userId), eq(users.isOperator, true)));
  return operator !== undefined && !operator.hasFactor;
}

/** Where an operator lands who was going nowhere in particular; null for everybody else. */
export async function findDesk(db: Database, userId: string): Promise<string | null> {
  const [operator] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), eq(users.isOperator, true)));
  return operator ? DESK_PATH : null;
}
