import { eq, sql } from "drizzle-orm";
import type { Database } from "../db/client";
import { balances } from "../db/schema";
import { transact } from "../db/transact";
import { newId } from "../lib/ids";
import { commit, type Keyed } from "../lib/ledger/commit";
import { instantArray, plainArray } from "../lib/ledger/set-sql";
import { countCycles } from "../lib/ledger/start-cycle";
import type { Purpose } from "../lib/ledger/state";
import { credits } from "../lib/money/credits";

export type PastUsage = {
  /** When the first of it was. */
  readonly from: Date;
  /** When the last of it was: left out, now. */
  readonly until?: Date;
  /** All of it together. */
  readonly credits: bigint;
  /** In how many spends; every seventh goes through a hold. */
  readonly spends: number;
};

const PURPOSES: readonly (Purpose & { readonly weight: number })[] = [
  { category: "ai_processing", resource: "sonata-large", reference: "Draft of a report", weight: 9 },
  { category: "ai_processing", resource: "sonata-small", reference: null, weight: 3 },
  { category: "infrastructure", resource: "vector-search", reference: "Nightly index", weight: 2 },
  { category: "ai_processing", resource: "sonata-large", reference: "Support answers", weight: 6 },
  { category: "platform", resource: null, reference: null, weight: 1 },
  { category: "infrastructure", resource: "file-storage", reference: null, weight: 2 },
  { category: "ai_processing", resource: "painter-2", reference: "Pictures for the shop", weight: 5 },
];

/**
 * Spends of an account from one instant to another, more on working days. The ledger has no back-dating: `owner` is
 * connected as the owner of the tables, and nobody sees the entries before they have their place in time. Throws when
 * the credits are not there.
 */
export async function seedUsage(owner: Database, accountId: string, past: PastUsage): Promise<void> {
  const spends = planSpends(past, past.until ?? new Date());
  const commands = spends.flatMap((spend, index) => commandsOf(spend, index % 7 === 6));
  await transact(owner, async (tx) => {
    const keyed = commands.map((each) => each.keyed);
    const outcomes = await commit(tx, accountId, keyed);
    const seqs = outcomes.map((outcome) => {
      if (outcome.kind !== "done") throw new Error("an account has not the credits its past usage takes");
      return outcome.seq;
    });
    const instants = commands.map((each) => each.at);
    await tx.execute(sql`
      update entries as e set at = m.at from (
        select seq as first, coalesce(lead(seq) over (order by seq), 9223372036854775807) as next, at
        from unnest(${plainArray(seqs)}::bigint[], ${instantArray(instants)}::timestamptz[]) as u(seq, at)
      ) as m
      where e.account_id = ${accountId} and e.seq >= m.first and e.seq < m.next`);
    const [balance] = await tx
      .select({ cycleStart: balances.cycleStart })
      .from(balances)
      .where(eq(balances.accountId, accountId));
    if (balance) await countCycles(tx, [{ accountId, startsAt: balance.cycleStart }]);
  });
}

type Spend = { readonly at: Date; readonly credits: bigint; readonly purpose: Purpose };

function planSpends({ from, credits: total, spends }: PastUsage, now: Date): Spend[] {
  const length = now.getTime() - from.getTime();
  const planned = Array.from({ length: spends }, (_, index) => {
    const at = new Date(from.getTime() + Math.floor((length * (index + 0.5)) / spends));
    const { weight, ...purpose } = PURPOSES[(index * 5) % PURPOSES.length] as (typeof PURPOSES)[number];
    return { at, purpose, weight: BigInt(Math.ceil(weight * busyness(at) * (20 + ((index * 37) % 61)))) };
  });
  const weights = planned.reduce((sum, each) => sum + each.weight, 0n);
  let left = total;
  return planned.map(({ at, purpose, weight }, index) => {
    const share = index === spends - 1 ? left : (total * weight) / weights;
    left -= share;
    return { at, purpose, credits: share };
  });
}

/** Weekends are quiet, and no day is like the one before. */
function busyness(at: Date): number {
  const day = Math.floor(at.getTime() / 86_400_000);
  const isWeekend = [0, 6].includes(at.getUTCDay());
  return (isWeekend ? 0.3 : 1) * (0.6 + ((day * 29) % 17) / 20);
}

function commandsOf(
  { at, credits: amount, purpose }: Spend,
  throughHold: boolean,
): { at: Date; keyed: Keyed }[] {
  const taken = credits(amount);
  if (!throughHold)
    return [{ at, keyed: { key: newId(), command: { kind: "spend", credits: taken, purpose } } }];
  const holdId = newId();
  const hold = { kind: "hold", holdId, credits: taken, ttlMs: 900_000, purpose } as const;
  const capture = { kind: "capture", holdId, credits: taken } as const;
  return [hold, capture].map((command) => ({ at, keyed: { key: newId(), command } }));
}
