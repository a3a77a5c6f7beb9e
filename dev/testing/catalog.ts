import { readFileSync } from "node:fs";
import type { z } from "zod";
import { type Catalog, setCatalog } from "../../lib/catalog/catalog";
import type { catalogFile } from "../../lib/catalog/file";
import { parseCatalog } from "../../lib/catalog/parse";
import { DEMO_CATALOG } from "../catalog";

export type WrittenCatalog = z.input<typeof catalogFile>;

const text = readFileSync(DEMO_CATALOG, "utf8");

/** The tests' catalog as it is written, to be changed. */
export const writtenCatalog = (): WrittenCatalog => JSON.parse(text);

/** The tests' catalog with a change. */
export function catalogWith(change: (written: WrittenCatalog) => void): Catalog {
  const written = writtenCatalog();
  change(written);
  return parseCatalog(JSON.stringify(written), "a test's catalog");
}

/** Sells what tests usually sell: for `afterEach`, where one changed it. */
export const sellAsUsual = (): void => setCatalog(parseCatalog(text, DEMO_CATALOG));

/** Changes the price of a plan by the year; null: it has none. */
export function priceYearly(written: WrittenCatalog, id: string, cents: number | null): void {
  for (const plan of written.plans) {
    if (plan.id === id && plan.kind === "self_serve") plan.prices_cents.year = cents ?? undefined;
  }
}
