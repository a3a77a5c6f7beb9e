import type { Database } from "../db/client";
import { findMisfit, MISFITS } from "../db/fits";

/**
 * Ends the process, saying why, when it connects as a role that could change the ledger's entries. A database that is
 * away is no reason not to begin: readiness and the worker ask again.
 */
export async function refuseRole(db: Database): Promise<void> {
  const misfit = await findMisfit(db).catch(() => null);
  if (misfit !== "role_may_edit") return;
  process.stderr.write(`${MISFITS.role_may_edit}\n`);
  process.exit(1);
}
