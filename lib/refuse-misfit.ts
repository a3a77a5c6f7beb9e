import type { Database } from "../db/client";
import { findMisfit, MISFITS } from "../db/fits";

/**
 * Ends the process, saying why, when it connects as a role that could change the ledger's entries, or is older than the
 * database. One that is away or not migrated yet is no reason not to begin: readiness and the worker ask again.
 */
export async function refuseMisfit(db: Database): Promise<void> {
  const misfit = await findMisfit(db).catch(() => null);
  if (misfit === null || misfit === "not_migrated") return;
  process.stderr.write(`${MISFITS[misfit]}\n`);
  process.exit(1);
}
