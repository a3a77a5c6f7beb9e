import { desc, getTableColumns } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../../../db/client";
import { reconciliations } from "../../../db/schema";
import { fromPublicId } from "../../ids";
import { driftNow } from "../../reconciliation/results";

const kept = z.object({
  figures: z.record(z.string(), z.union([z.string(), z.number()])).catch({}),
  found: z
    .array(z.object({ what: z.string(), object: z.string(), account: z.string().nullable().catch(null) }))
    .catch([]),
});

export type LastRun = {
  readonly kind: (typeof reconciliations.$inferSelect)["kind"];
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** With Stripe of all compared days, otherwise of this run. */
  readonly drift: number;
  /** What was looked at: `accounts`, `entries`, `days`. */
  readonly figures: Readonly<Record<string, string | number>>;
  /** The first hundred of what was found, with the account's id. */
  readonly found: readonly {
    readonly what: string;
    readonly object: string;
    readonly accountId: string | null;
  }[];
};

/** The newest comparison of each kind: the books with their entries, whole and since the last time, and with Stripe. */
export async function listLastRuns(db: Database): Promise<readonly LastRun[]> {
  const rows = await db
    .selectDistinctOn([reconciliations.kind], { ...getTableColumns(reconciliations), drift: driftNow })
    .from(reconciliations)
    .orderBy(reconciliations.kind, desc(reconciliations.finishedAt));
  return rows.map(({ kind, startedAt, finishedAt, drift, result }) => {
    const { figures, found } = kept.catch({ figures: {}, found: [] }).parse(result);
    return {
      kind,
      startedAt,
      finishedAt,
      drift,
      figures,
      found: found.map(({ what, object, account }) => ({
        what,
        object,
        accountId: fromPublicId("account", account),
      })),
    };
  });
}
