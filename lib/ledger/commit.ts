import { createHash } from "node:crypto";
import { and, eq, gt, inArray, or, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { balances, commands, grants } from "../../db/schema";
import { type Credits, credits } from "../money/credits";
import { invariant } from "../result";
import { decodeAnswer, encodeAnswer } from "./answer";
import {
  type Answer,
  type Command,
  decide,
  type LedgerState,
  type Movement,
  type NewGrant,
  type Refusal,
} from "./decide";

/** A command with the caller's key: the same key is one effect and one answer, for ever. */
export type Keyed = { readonly key: string; readonly command: Command };

export type Outcome =
  | { readonly kind: "done"; readonly answer: Answer }
  /** The key was used before with the same body: nothing happened now, this was the answer then. */
  | { readonly kind: "replayed"; readonly answer: Answer }
  /** Nothing was written; the key may be tried again. */
  | { readonly kind: "refused"; readonly refusal: Refusal | { readonly code: "idempotency_key_reused" } };

type Kept = { readonly fingerprint: Buffer; readonly answer: Answer };
type Written = Keyed & Kept & { readonly movements: readonly Movement[] };

/**
 * Applies commands to one account in order, inside the caller's transaction, under the account's ledger lock:
 * the only writer of ledger tables. A refusal touches nobody else in the list. The instant is the database's
 * clock, read once after the lock was granted.
 */
export async function commit(
  tx: Tx,
  accountId: string,
  keyed: readonly Keyed[],
): Promise<readonly Outcome[]> {
  const { now, lastSeq, available, state: before, kept } = await load(tx, accountId, keyed);
  const written: Written[] = [];
  let state = before;
  const outcomes = keyed.map(({ key, command }): Outcome => {
    const fingerprint = fingerprintOf(command);
    const earlier = kept.get(key);
    if (earlier) {
      return earlier.fingerprint.equals(fingerprint)
        ? { kind: "replayed", answer: earlier.answer }
        : { kind: "refused", refusal: { code: "idempotency_key_reused" } };
    }
    const decision = decide(state, command, now);
    if (!decision.ok) return { kind: "refused", refusal: decision.error };
    const { answer, movements } = decision.value;
    state = decision.value.state;
    kept.set(key, { fingerprint, answer });
    written.push({ key, command, fingerprint, answer, movements });
    return { kind: "done", answer };
  });
  if (written.length > 0) await write(tx, { accountId, now, lastSeq, available, written });
  return outcomes;
}

/** Opens the books of a new account; until then nothing can be given to it. */
export async function openBooks(tx: Tx, accountId: string): Promise<void> {
  await tx.insert(balances).values({ accountId, lastSeq: 0n, availableCredits: credits(0n) });
}

async function load(tx: Tx, accountId: string, keyed: readonly Keyed[]) {
  // Sent together, run in order: the clock and the rows are read after the lock was granted.
  const [locked, clock, rows, known] = await Promise.all([
    tx
      .select({ lastSeq: balances.lastSeq, available: balances.availableCredits })
      .from(balances)
      .where(eq(balances.accountId, accountId))
      .for("update"),
    tx.execute<{ now: string }>(sql`select clock_timestamp() as now`),
    tx
      .select({
        id: grants.id,
        kind: grants.kind,
        remaining: grants.remainingCredits,
        startsAt: grants.startsAt,
        expiresAt: grants.expiresAt,
        createdAt: grants.createdAt,
      })
      .from(grants)
      .where(
        and(
          eq(grants.accountId, accountId),
          or(gt(grants.remainingCredits, credits(0n)), gt(grants.heldCredits, credits(0n))),
        ),
      ),
    tx
      .select({ key: commands.key, fingerprint: commands.fingerprint, answer: commands.answer })
      .from(commands)
      .where(
        and(
          eq(commands.accountId, accountId),
          inArray(
            commands.key,
            keyed.map((each) => each.key),
          ),
        ),
      ),
  ]);
  const [lock] = locked;
  const [time] = clock;
  invariant(lock && time, `account ${accountId} has no books`);
  const state: LedgerState = { grants: rows };
  const kept = new Map<string, Kept>(
    known.map((each) => [each.key, { fingerprint: each.fingerprint, answer: decodeAnswer(each.answer) }]),
  );
  return { now: new Date(time.now), lastSeq: lock.lastSeq, available: lock.available, state, kept };
}

type Batch = {
  readonly accountId: string;
  readonly now: Date;
  readonly lastSeq: bigint;
  readonly available: Credits;
  readonly written: readonly Written[];
};

/** One statement per table, whatever the number of commands. */
async function write(tx: Tx, batch: Batch): Promise<void> {
  const movements = batch.written.flatMap((each) => each.movements);
  const created = batch.written.flatMap(({ command }) => (command.kind === "grant" ? [command.grant] : []));
  const change = movements.reduce((sum, each) => sum + availableChange(each), 0n);
  await Promise.all([
    insertGrants(tx, batch, created),
    updateGrants(tx, batch.accountId, movements, new Set(created.map((each) => each.id))),
    insertEntries(tx, batch, movements),
    insertCommands(tx, batch),
    tx
      .update(balances)
      .set({
        lastSeq: batch.lastSeq + BigInt(movements.length),
        availableCredits: credits(batch.available + change),
      })
      .where(eq(balances.accountId, batch.accountId)),
  ]);
}

const availableChange = ({ from, to, credits: moved }: Movement): bigint =>
  to === "available" ? moved : from === "available" ? -moved : 0n;

async function insertGrants(tx: Tx, { accountId, now }: Batch, created: readonly NewGrant[]): Promise<void> {
  if (created.length === 0) return;
  await tx.insert(grants).values(
    created.map((each) => ({
      accountId,
      id: each.id,
      kind: each.kind,
      source: each.source,
      credits: each.credits,
      remainingCredits: each.credits,
      heldCredits: credits(0n),
      spentCredits: credits(0n),
      expiredCredits: credits(0n),
      revokedCredits: credits(0n),
      startsAt: each.startsAt,
      expiresAt: each.expiresAt,
      createdAt: now,
    })),
  );
}

const GRANT_PARTS = ["available", "held", "spent", "expired", "revoked"] as const;
type GrantPart = (typeof GRANT_PARTS)[number];
const isGrantPart = (bucket: string): bucket is GrantPart =>
  (GRANT_PARTS as readonly string[]).includes(bucket);

/** One array parameter. As text, or the driver takes the type of an element for the type of the array. */
const list = (values: readonly (string | bigint)[]) => sql.param(values.map(String));

/** Adds up what each grant's movements do to its parts. A new grant is inserted whole, so its issue is skipped. */
async function updateGrants(
  tx: Tx,
  accountId: string,
  movements: readonly Movement[],
  created: ReadonlySet<string>,
) {
  const changes = new Map<string, Record<GrantPart, bigint>>();
  for (const { grantId, from, to, credits: moved } of movements) {
    if (from === "issued" && created.has(grantId)) continue;
    const change = changes.get(grantId) ?? { available: 0n, held: 0n, spent: 0n, expired: 0n, revoked: 0n };
    if (isGrantPart(from)) change[from] -= moved;
    if (isGrantPart(to)) change[to] += moved;
    changes.set(grantId, change);
  }
  if (changes.size === 0) return;
  const column = (part: GrantPart) => list([...changes.values()].map((each) => each[part]));
  await tx.execute(sql`
    update grants as g set
      remaining_credits = g.remaining_credits + c.available,
      held_credits = g.held_credits + c.held,
      spent_credits = g.spent_credits + c.spent,
      expired_credits = g.expired_credits + c.expired,
      revoked_credits = g.revoked_credits + c.revoked
    from unnest(
      ${list([...changes.keys()])}::uuid[], ${column("available")}::bigint[], ${column("held")}::bigint[],
      ${column("spent")}::bigint[], ${column("expired")}::bigint[], ${column("revoked")}::bigint[]
    ) as c(id, available, held, spent, expired, revoked)
    where g.account_id = ${accountId} and g.id = c.id`);
}

async function insertEntries(tx: Tx, { accountId, now, lastSeq }: Batch, movements: readonly Movement[]) {
  await tx.execute(sql`
    insert into entries as e (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
    select ${accountId}::uuid, ${lastSeq}::bigint + m.n, m.grant_id, m.from_bucket::bucket, m.to_bucket::bucket, m.credits, ${now.toISOString()}::timestamptz
    from unnest(
      ${list(movements.map((each) => each.grantId))}::uuid[], ${list(movements.map((each) => each.from))}::text[],
      ${list(movements.map((each) => each.to))}::text[], ${list(movements.map((each) => each.credits))}::bigint[]
    ) with ordinality as m(grant_id, from_bucket, to_bucket, credits, n)`);
}

async function insertCommands(tx: Tx, { accountId, now, lastSeq, written }: Batch): Promise<void> {
  let seq = lastSeq;
  await tx.insert(commands).values(
    written.map(({ key, command, fingerprint, answer, movements }) => {
      const firstSeq = seq + 1n;
      seq += BigInt(movements.length);
      return {
        accountId,
        key,
        kind: command.kind,
        fingerprint,
        answer: encodeAnswer(answer),
        firstSeq,
        lastSeq: seq,
        committedAt: now,
      };
    }),
  );
}

/** What makes two commands the same: everything asked for, not the id or instant somebody picked for it. */
function fingerprintOf(command: Command): Buffer {
  const body =
    command.kind === "grant"
      ? [
          command.kind,
          command.grant.kind,
          command.grant.source,
          String(command.grant.credits),
          command.grant.expiresAt.toISOString(),
        ]
      : command.kind === "spend"
        ? [command.kind, String(command.credits)]
        : [command.kind];
  return createHash("sha256").update(JSON.stringify(body)).digest();
}
