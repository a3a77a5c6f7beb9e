import { and, asc, eq, inArray } from "drizzle-orm";
import type { Database } from "../../db/client";
import { commands, currentGrants, entries } from "../../db/schema";

/**
 * Goes through all that ever moved, once more and without the ledger's rules: nothing was spent from a grant before it
 * began, at or after its end, or while it was frozen (I5), and nothing that was bought while the plan still gave (I6).
 */
export async function findSpendingOutOfOrder(db: Database, accountId: string): Promise<string[]> {
  const [grants, moves, freezes] = await Promise.all([
    db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId)),
    db.select().from(entries).where(eq(entries.accountId, accountId)).orderBy(asc(entries.seq)),
    db
      .select()
      .from(commands)
      .where(and(eq(commands.accountId, accountId), inArray(commands.kind, ["freeze", "unfreeze"])))
      .orderBy(asc(commands.firstSeq), asc(commands.committedAt)),
  ]);
  const left = new Map(grants.map((each) => [each.id, 0n]));
  const frozen = new Set<string>();
  const wrongs: string[] = [];
  for (const { seq, grantId, fromBucket, toBucket, credits, at } of moves) {
    while (freezes[0] && freezes[0].firstSeq <= seq) {
      const [verb, id = ""] = freezes.shift()?.key.split(":") ?? [];
      if (verb === "freeze") frozen.add(id);
      else frozen.delete(id);
    }
    const grant = grants.find((each) => each.id === grantId);
    if (!grant) continue;
    if (fromBucket === "available" && (toBucket === "spent" || toBucket === "held")) {
      const lives = grant.startsAt <= at && at < grant.expiresAt && !frozen.has(grant.id);
      if (!lives) wrongs.push(`entry ${seq} spent from ${grant.source}, which could not be spent from (I5)`);
      const first = grants.find(
        (each) =>
          each.kind === "plan" &&
          (left.get(each.id) ?? 0n) > 0n &&
          each.startsAt <= at &&
          at < each.expiresAt &&
          !frozen.has(each.id),
      );
      if (grant.kind !== "plan" && first)
        wrongs.push(`entry ${seq} spent from ${grant.source} before ${first.source} was used up (I6)`);
    }
    const before = left.get(grant.id) ?? 0n;
    if (fromBucket === "available") left.set(grant.id, before - credits);
    if (toBucket === "available") left.set(grant.id, before + credits);
  }
  return wrongs;
}
