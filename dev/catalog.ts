import { join } from "node:path";
import { readCatalog } from "../lib/read-catalog";

/** What the demo and the tests sell: the catalog that comes with the product, and yearly prices. */
export const DEMO_CATALOG = join(import.meta.dirname, "catalog.json");

// Whoever brings the product's parts together without its own start reads the catalog by importing this.
readCatalog(DEMO_CATALOG);
