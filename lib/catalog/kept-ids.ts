import { notInArray, sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { catalogCategories, catalogPlans, type PlanId } from "../../db/schema";
import { getCatalog } from "./catalog";

/** A category that some catalog had, and what this one calls its number, if anything. */
export type LostCategory = { readonly number: number; readonly id: string; readonly now: string | null };

/** What catalogs had from which this database was sold, and this process's has not. */
export async function findLostIds(
  db: Reader,
): Promise<{ readonly plans: readonly PlanId[]; readonly categories: readonly LostCategory[] }> {
  const { plans, categories } = getCatalog();
  const lost = await db
    .select({ id: catalogPlans.id })
    .from(catalogPlans)
    .where(
      notInArray(
        catalogPlans.id,
        plans.map(({ id }) => id),
      ),
    )
    .orderBy(catalogPlans.since, catalogPlans.id);
  const known = await db
    .select({ number: catalogCategories.number, id: catalogCategories.id })
    .from(catalogCategories)
    .orderBy(catalogCategories.number);
  return {
    plans: lost.map(({ id }) => id),
    categories: known
      .map((each) => ({ ...each, now: categories.find(({ number }) => number === each.number)?.id ?? null }))
      .filter(({ id, now }) => id !== now),
  };
}

/**
 * Keeps what this process's catalog has, for catalogs to come: by whoever is about to sell from it, once nothing in use is lost.
 * A number whose category nobody has spent under gets its new id.
 */
export async function keepIds(db: Pick<Database, "insert">): Promise<void> {
  const { plans, categories } = getCatalog();
  await db
    .insert(catalogPlans)
    .values(plans.map(({ id }) => ({ id })))
    .onConflictDoNothing();
  await db
    .insert(catalogCategories)
    .values(categories.map(({ number, id }) => ({ number, id })))
    .onConflictDoUpdate({
      target: catalogCategories.number,
      set: { id: sql`excluded.id` },
      setWhere: sql`${catalogCategories.id} <> excluded.id`,
    });
}
