import type { Database } from "../db/client";
import { keepIds } from "./catalog/kept-ids";
import { checkCatalog } from "./check-catalog";
import type { Logger } from "./log";

/** How long after a database that was away is asked again. */
const AGAIN_MS = 15_000;

/**
 * Ends the process, saying why, when its catalog lacks a plan or a category that accounts use; otherwise keeps what the catalog
 * has. While the database is away or not migrated it begins, is asked again every 15 s, and ends then.
 */
export async function refuseCatalog(db: Database, log: Pick<Logger, "warn">): Promise<void> {
  try {
    const sentences = await checkCatalog(db);
    if (sentences.length === 0) return await keepIds(db);
    process.stderr.write(`${sentences.join("\n")}\n`);
  } catch (error) {
    log.warn({ err: error }, "the catalog could not be compared with what accounts use; it is tried again");
    setTimeout(() => void refuseCatalog(db, log), AGAIN_MS).unref();
    return;
  }
  process.exit(1);
}
