import { fc } from "@fast-check/vitest";
import { asc, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { balances, currentGrants, entries, holds } from "../../db/schema";
import { transact } from "../../db/transact";
import { figuresFromEntries } from "../../dev/ledger-model/figures";
import {
  amountOf,
  capturedOf,
  extendedOf,
  histories,
  readStep,
  revokedOf,
  type Step,
  targetOf,
} from "../../dev/ledger-model/history";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { categoryIdOf } from "../catalog/categories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { type Batcher, createBatcher } from "./batcher";
import { commit, type Keyed, type Outcome, prepare } from "./commit";
import { type Command, decideOn, type SpendingCommand, settledAt } from "./decide";
import { Draft } from "./draft";
import { isSpending, keyMark } from "./keys";
import { getBalance } from "./queries";
import { startCycle } from "./start-cycle";
import { availableAt, EMPTY, type LedgerState, type LiveGrant, type Movement } from "./state";

const HISTORIES = Number(process.env.LEDGER_DATABASE_HISTORIES ?? 40);
const LONG_MS = 3_600_000;
const PURPOSE = { category: "infrastructure", resource: 'a "disk" \\ of {1,2}', reference: null } as const;

const test = openTestDatabase();
let batcher: Batcher;
beforeAll(() => {
  batcher = createBatcher(test.db);
});
afterAll(() => batcher.close());

/** What the rules say of an account, at the instants at which the database decided. */
class Mirror {
  state: LedgerState;
  readonly lines: { readonly moved: Movement; readonly at: Date; readonly key: string | null }[] = [];
  readonly answers = new Map<string, { readonly command: Command; readonly outcome: Outcome }>();

  constructor(
    readonly accountId: string,
    cycleStart: Date,
  ) {
    this.state = { ...EMPTY, cycleStart };
  }

  /** Decides what a batch decided, and compares every answer. */
  follow(batch: readonly Keyed[], outcomes: readonly Outcome[]): void {
    const done = outcomes.find(
      (each): each is Extract<Outcome, { kind: "done" | "replayed" }> => each.kind === "done",
    );
    if (!done) {
      this.#expectRepeats(batch, outcomes);
      return;
    }
    const draft = new Draft(this.state, done.at);
    draft.settleDue();
    for (const moved of draft.takeMovements()) this.lines.push({ moved, at: done.at, key: null });
    for (const [index, keyed] of batch.entries()) {
      const outcome = outcomes[index];
      if (this.answers.has(keyed.key)) this.#expectRepeat(keyed, outcome);
      else this.#decide(draft, keyed, outcome);
    }
    this.state = draft.state;
  }

  #decide(draft: Draft, { key, command }: Keyed, outcome: Outcome | undefined): void {
    const next = BigInt(this.lines.length + 1);
    const decision = decideOn(draft, command);
    if (!decision.ok) {
      expect(outcome).toEqual({ kind: "refused", refusal: decision.error });
      return;
    }
    const movements = draft.takeMovements();
    const seq = movements.length > 0 ? next : 0n;
    expect(outcome).toEqual({ kind: "done", answer: decision.value, at: draft.now, seq });
    this.answers.set(key, { command, outcome: { kind: "done", answer: decision.value, at: draft.now, seq } });
    for (const [line, moved] of movements.entries()) {
      this.lines.push({ moved, at: draft.now, key: line === 0 && isSpending(command) ? keyMark(key) : null });
    }
  }

  #expectRepeats(batch: readonly Keyed[], outcomes: readonly Outcome[]): void {
    for (const [index, keyed] of batch.entries()) {
      if (this.answers.has(keyed.key)) this.#expectRepeat(keyed, outcomes[index]);
      else expect(outcomes[index]).toMatchObject({ kind: "refused" });
    }
  }

  #expectRepeat({ key, command }: Keyed, outcome: Outcome | undefined): void {
    const first = this.answers.get(key);
    const isSame = first && isSameBody(first.command, command);
    expect(outcome).toEqual(
      isSame
        ? { ...first.outcome, kind: "replayed" }
        : { kind: "refused", refusal: { code: "idempotency_key_reused" } },
    );
  }
}

/** What makes two bodies the same is tested beside `fingerprintOf`. */
const isSameBody = (a: Command, b: Command) =>
  prepare({ key: "", command: a }).fingerprint === prepare({ key: "", command: b }).fingerprint;

function commandOf(step: Step, { state, lines }: Mirror): Command {
  const { what, length: ttlMs } = step;
  const now = new Date();
  const available = Number(availableAt(state, now));
  const hold = targetOf(step, state.holds);
  const grant = targetOf(step, state.grants);
  const [holdId, grantId] = [hold?.id ?? newId(), grant?.id ?? newId()];
  const wanted = { credits: amount(amountOf(step, available)), purpose: PURPOSE };
  switch (what) {
    case "grant":
      return newGrant(step, now);
    case "spend":
      return { kind: what, ...wanted };
    case "hold":
      return { kind: what, holdId: newId(), ttlMs, ...wanted };
    case "capture":
      return {
        kind: what,
        holdId,
        credits: amount(capturedOf(step, Number(hold?.credits ?? 1n), available)),
      };
    case "release":
      return { kind: what, holdId };
    case "expire":
      return { kind: what };
    case "freeze":
    case "unfreeze":
      return { kind: what, grantId };
    case "extend": {
      const expiresMs = extendedOf(step, (grant?.expiresAt ?? now).getTime());
      return { kind: what, grantId, expiresAt: new Date(expiresMs) };
    }
    case "revoke":
      return { kind: what, grantId, credits: amount(revokedOf(step, step.size + 1)) };
    case "restore":
      return { kind: what, grantId, ...restorable(grant, step.size, lines) };
    case "adjust":
      return { kind: what, credits: wanted.credits };
  }
}

/**
 * As whoever revoked it knows: of what is revoked, so much had been used, could still be, or had expired. Which of these is
 * restored first differs; sometimes it is more than was revoked.
 */
function restorable(grant: LiveGrant | null, size: number, lines: Mirror["lines"]) {
  if (!grant) return { used: amount(1), unused: amount(0), expired: amount(0) };
  const moved = (from: Movement["from"][], to: Movement["to"]) =>
    lines.reduce(
      (sum, { moved: each }) =>
        each.grantId === grant.id && from.includes(each.from) && each.to === to ? sum + each.credits : sum,
      0n,
    );
  const unused = moved(["available", "held"], "revoked") - moved(["revoked"], "available");
  const expired = moved(["expired"], "revoked") - moved(["revoked"], "expired");
  const used = grant.revoked - unused - expired;
  let open = grant.revoked < BigInt(size) ? grant.revoked : BigInt(size);
  const take = (most: bigint) => {
    const taken = open < most ? open : most;
    open -= taken;
    return credits(taken);
  };
  if (open === 0n) return { used: credits(grant.revoked + 1n), unused: amount(0), expired: amount(0) };
  if (size % 2 === 0) return { used: take(used), unused: take(unused), expired: take(expired) };
  return { unused: take(unused), expired: take(expired), used: take(used) };
}

function newGrant({ kind, size, startsInMs, length }: Step, now: Date): Command {
  const startsAt = new Date(now.getTime() + startsInMs);
  const expiresAt = new Date(startsAt.getTime() + length * 3);
  const grant = { id: newId(), kind, source: newId(), credits: amount(10 * size + 1), startsAt, expiresAt };
  return { kind: "grant", grant };
}

const amount = (value: number) => credits(BigInt(value));

/** The next commands of a history; now and then a key that was used before, with the same body or another. */
function nextBatch(steps: readonly Step[], mirror: Mirror): Keyed[] {
  const restored = new Set<string>();
  return steps.map((step) => {
    const [earlier] = [...mirror.answers].slice(-1 - step.target);
    const wanted = commandOf(step, mirror);
    // The second of one grant would restore what the first already has.
    const isTwice = wanted.kind === "restore" && restored.has(wanted.grantId);
    if (wanted.kind === "restore") restored.add(wanted.grantId);
    const command: Command = isTwice ? { kind: "expire" } : wanted;
    if (!earlier || step.length % 4 !== 0) return { key: newId(), command };
    const [key, { command: before }] = earlier;
    if (isSpending(before) !== isSpending(command)) return { key: newId(), command };
    return { key, command: step.size % 2 === 0 ? before : command };
  });
}

/** Through the batcher when only the assistant asks, and through a transaction of its own otherwise. */
function apply(accountId: string, batch: readonly Keyed[], isBatched: boolean): Promise<readonly Outcome[]> {
  const own = batch.filter((each): each is Keyed<SpendingCommand> => isSpending(each.command));
  if (isBatched && own.length === batch.length) {
    return Promise.all(own.map((each) => batcher.submit(accountId, each)));
  }
  return transact(test.db, (tx) => commit(tx, accountId, batch));
}

async function expectStored({ accountId, state, lines }: Mirror): Promise<void> {
  const [balance] = await test.db.select().from(balances).where(eq(balances.accountId, accountId));
  expect(balance).toMatchObject({ owedCredits: state.owed, lastSeq: BigInt(lines.length) });
  const grants = await test.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
  const stored = grants.map((each) => ({
    id: each.id,
    kind: each.kind,
    remaining: each.remainingCredits,
    held: each.heldCredits,
    spent: each.spentCredits,
    expired: each.expiredCredits,
    revoked: each.revokedCredits,
    startsAt: each.startsAt,
    expiresAt: each.expiresAt,
    createdAt: each.createdAt,
    frozen: each.frozenAt !== null,
    paidBack: each.paidBackCredits,
    cycleFrom: each.cycleFrom,
    cycleUsed: each.cycleUsedCredits,
    cyclePaidBack: each.cyclePaidBackCredits,
    cycleExpired: each.cycleExpiredCredits,
  }));
  expect(stored.sort(byId)).toEqual([...state.grants].sort(byId));
  const placed = await test.db.select().from(holds).where(eq(holds.accountId, accountId));
  expect(placed.map(({ id, status, shares }) => ({ id, status, shares })).sort(byId)).toEqual(
    state.holds
      .map(({ id, status, shares }) => ({
        id,
        status,
        shares: shares.map((s) => [s.grantId, `${s.credits}`]),
      }))
      .sort(byId),
  );
}

/** What a page reads, at the instant of its transaction: on a cluster, that of the node where the account lies. */
async function expectBalance({ accountId, state, lines }: Mirror): Promise<void> {
  const [now, balance] = await transact(test.db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(
      sql`select now() as now from balances where account_id = ${accountId}`,
    );
    return [new Date(clock?.now ?? 0), await getBalance(tx, accountId)];
  });
  const settled = settledAt(state, now);
  expect([balance.remaining, balance.owed, balance.lastSeq]).toEqual([
    availableAt(settled, now),
    settled.owed,
    BigInt(lines.length),
  ]);
  const draft = new Draft(state, now);
  draft.settleDue();
  const due = draft.takeMovements().map((moved) => ({ moved, at: now }));
  const figures = figuresFromEntries([...lines, ...due], state.grants, { start: state.cycleStart, now });
  expect(balance).toMatchObject({ ...figures, startedAt: state.cycleStart });
}

/** From an instant that may be a little back, in what was done already, or from before that again. */
async function startAnother(mirror: Mirror, { size, target }: Step): Promise<void> {
  const { accountId, lines } = mirror;
  const known = lines.at(-1 - target)?.at ?? new Date();
  const cycleStart = new Date(known.getTime() + (size % 3) - 1);
  await transact(test.db, (tx) => startCycle(tx, accountId, cycleStart));
  const rows = await test.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
  const grants = mirror.state.grants.map((each) => {
    const row = rows.find(({ id }) => id === each.id);
    if (!row) throw new Error(`grant ${each.id} is stored`);
    const { cycleFrom, cycleUsedCredits, cyclePaidBackCredits, cycleExpiredCredits } = row;
    const counted = { cycleUsed: cycleUsedCredits, cyclePaidBack: cyclePaidBackCredits };
    return { ...each, ...counted, cycleExpired: cycleExpiredCredits, cycleFrom };
  });
  // A start that has not come yet is the instant it was named at.
  const [stored] = await test.db
    .select({ cycleStart: balances.cycleStart })
    .from(balances)
    .where(eq(balances.accountId, accountId));
  const started = stored?.cycleStart ?? new Date(0);
  if (started.getTime() !== cycleStart.getTime()) {
    expect(started.getTime()).toBeLessThan(cycleStart.getTime());
    expect(started.getTime()).toBeGreaterThanOrEqual(known.getTime());
  }
  // What is counted then is compared with the entries, like everything that is read.
  mirror.state = { ...mirror.state, grants, cycleStart: started };
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

async function expectLines({ accountId, lines }: Mirror): Promise<void> {
  const rows = await test.db
    .select()
    .from(entries)
    .where(eq(entries.accountId, accountId))
    .orderBy(asc(entries.seq));
  const stored = rows.map((each) => ({
    moved: {
      grantId: each.grantId,
      from: each.fromBucket,
      to: each.toBucket,
      credits: each.credits,
      holdId: each.holdId,
      purpose: each.category && {
        category: categoryIdOf(each.category),
        resource: each.resource,
        reference: each.reference,
      },
    },
    key: each.key?.replaceAll("-", "") ?? null,
    at: each.at,
  }));
  expect(stored).toEqual(lines);
}

it(
  "I2, I7, I25: whatever the history and wherever its cycles begin, what is stored and answered, and answered again, is what the rules say, alone or in batches, and so is what is read",
  async () => {
    const property = fc.asyncProperty(histories, async ({ isBatched, codes }) => {
      const { accountId, periodStart } = await makeAccount(test.db, { plan: "custom" });
      const mirror = new Mirror(accountId, periodStart);
      const steps = codes.flatMap((code) => readStep(code) ?? []);
      while (steps.length > 0) {
        const [next] = steps;
        const batch = nextBatch(steps.splice(0, 1 + ((next?.size ?? 0) % 5)), mirror);
        mirror.follow(batch, await apply(accountId, batch, isBatched));
        if (next && next.length % 3 === 0) await startAnother(mirror, next);
        await expectStored(mirror);
        await expectBalance(mirror);
      }
      await expectLines(mirror);
    });
    // The clock is the database's, so that a history cannot be repeated to the millisecond: no use shrinking it.
    await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
  },
  LONG_MS,
);
