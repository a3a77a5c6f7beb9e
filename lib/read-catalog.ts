import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Catalog, setCatalog } from "./catalog/catalog";
import { BadCatalog, parseCatalog } from "./catalog/parse";
import { BadEnvironment } from "./env";

/** What is sold where CATALOG_FILE names no other file. */
const USUAL_FILE = "lib/catalog/catalog.json";

/**
 * Reads the catalog, which this process goes by from then on: `CATALOG_FILE`, from the folder the process runs in, or the
 * one that comes with the product. Throws `BadEnvironment` in one sentence where there is none to go by.
 */
export function readCatalog(name: string = USUAL_FILE): Catalog {
  try {
    const path = name.startsWith("/") ? name : join(/* turbopackIgnore: true */ process.cwd(), name);
    const catalog = parseCatalog(readFileSync(path, "utf8"), name);
    setCatalog(catalog);
    return catalog;
  } catch (error) {
    if (error instanceof BadCatalog) throw new BadEnvironment(error.message);
    const { code = "not a file" } = error as { code?: string };
    if (typeof code === "string" && error instanceof Error && "code" in error)
      throw new BadEnvironment(`CATALOG_FILE: ${name} cannot be read (${code})`);
    throw error;
  }
}
