import { fileURLToPath } from "node:url";
import { readCatalog } from "../lib/read-catalog";

/** What the demo and the tests sell: the catalog that comes with the product, and yearly prices. */
export const DEMO_CATALOG = fileURLToPath(new URL("catalog.json", import.meta.url));

// Whoever brings the product's parts together without its own start reads the catalog by importing this.
readCatalog(DEMO_CATALOG);
