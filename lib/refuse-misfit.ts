import { findConnectionFault } from "../db/address";
import type { Database } from "../db/client";
import { findMisfit, MISFITS } from "../db/fits";

/**
 * Ends the process, saying why, when it connects as a role that could change the ledger's entries, is older than the
 * database, or no connection can come about before a setting is changed. One that is away or not migrated yet is no reason
 * not to begin: readiness and the worker ask again.
 */
export async function refuseMisfit(db: Database): Promise<void> {
  const why = await findMisfit(db).then(
    (misfit) => (misfit === null || misfit === "not_migrated" ? null : MISFITS[misfit]),
    findConnectionFault,
  );
  if (why === null) return;
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
