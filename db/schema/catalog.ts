import { sql } from "drizzle-orm";
import { check, pgTable, smallint, text } from "drizzle-orm/pg-core";
import { instant, planId, planIdsAreIds } from "./accounts";

/**
 * Plans that some process sold from this database, each since it first started with a catalog that had it. What is here and
 * in use must be in every later catalog: a process whose catalog lacks it does not start.
 */
export const catalogPlans = pgTable(
  "catalog_plans",
  { id: planId("id").primaryKey(), since: instant("since").notNull().defaultNow() },
  () => [planIdsAreIds("catalog_plans", "id")],
);

/** The same of what credits could be spent on, by the number that entries keep: once used it is never another's. */
export const catalogCategories = pgTable(
  "catalog_categories",
  {
    number: smallint("number").primaryKey(),
    id: text("id").notNull(),
    since: instant("since").notNull().defaultNow(),
  },
  () => [check("catalog_categories_are_numbered", sql`number > 0`)],
);
