import { setTimeout as sleep } from "node:timers/promises";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Database } from "../../db/client";
import { entries } from "../../db/schema";
import type { Sharding } from "../../db/sharding";
import { transact } from "../../db/transact";
import { type Server, startServer } from "../../dev/ledger-model/server";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import {
  type Batcher,
  type BatcherOptions,
  createBatcher,
  exclusiveConnections,
  Overloaded,
} from "./batcher";
import { commit, type Keyed, type Outcome } from "./commit";
import type { SpendingAnswer, SpendingCommand } from "./decide";
import { keyMark } from "./keys";
import { getBalance } from "./queries";

/** `npm run test:concurrency` tries a thousand. */
const ROUNDS = Number(process.env.LEDGER_ROUNDS ?? 100);
const CUTS = Math.max(10, ROUNDS / 40);
const PROCESS_ROUNDS = Math.ceil(ROUNDS / 10);
const LONG_MS = 3_600_000;
const HOUR_MS = 3_600_000;
const PURPOSE = { category: "ai_processing", resource: "sonata", reference: null } as const;

const test = openTestDatabase();

/** What holds of a sharded database holds of any: one account a transaction, rows as values, no insert from a query. */
const IN_SHARDS: Sharding = { known: true, find: async () => true, doubt: () => {} };

const spend = (amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "spend", credits: credits(amount), purpose: PURPOSE },
});
const hold = (holdId: string, amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "hold", holdId, credits: credits(amount), ttlMs: HOUR_MS, purpose: PURPOSE },
});
const capture = (holdId: string, amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "capture", holdId, credits: credits(amount) },
});
const release = (holdId: string, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "release", holdId },
});

async function give(accountId: string, amount: bigint): Promise<string> {
  const id = newId();
  const startsAt = new Date(Date.now() - HOUR_MS);
  const expiresAt = new Date(Date.now() + HOUR_MS);
  const grant = {
    id,
    kind: "promotional",
    source: id,
    credits: credits(amount),
    startsAt,
    expiresAt,
  } as const;
  await transact(test.db, (tx) => commit(tx, accountId, [{ key: id, command: { kind: "grant", grant } }]));
  return id;
}

const revoke = (accountId: string, grantId: string, amount: bigint) => {
  const command = { kind: "revoke", grantId, credits: credits(amount) } as const;
  return transact(test.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
};

/** An account with so many credits and nothing else. */
async function makeAccountWith(amount: bigint): Promise<string> {
  const { accountId } = await makeAccount(test.db, { plan: "custom" });
  if (amount > 0n) await give(accountId, amount);
  return accountId;
}

const done = (outcomes: readonly Outcome[]) => outcomes.filter((each) => each.kind === "done");
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

type Submit = Batcher["submit"];

const opened: { readonly db: Database; readonly batcher: Batcher }[] = [];

/** A batcher with a pool of its own, as another process has it. */
function openBatcher(options: BatcherOptions & { applicationName?: string } = {}): Batcher {
  const db = connect(test.appUrl, { max: 6, applicationName: options.applicationName ?? "batcher" });
  const batcher = createBatcher(db, options);
  opened.push({ db, batcher });
  return batcher;
}

afterAll(async () => {
  await Promise.all(opened.map(({ batcher }) => batcher.close()));
  await Promise.all(opened.map(({ db }) => db.pool.end({ timeout: 5 })));
});

const inTurns = (submits: readonly Submit[]): Submit => {
  let turn = 0;
  return (...call) => {
    turn += 1;
    return (submits[turn % submits.length] as Submit)(...call);
  };
};

const alone = async (accountId: string, keyed: Keyed<SpendingCommand>) => {
  const [outcome] = await transact(test.db, (tx) => commit(tx, accountId, [keyed]));
  return outcome as Outcome<SpendingAnswer>;
};

/** Every way in which calls that come at once may meet, and how often each is tried in so many rounds. */
const WAYS: readonly (readonly [name: string, rounds: number, open: () => Submit])[] = [
  ["through one batcher", ROUNDS, () => openBatcher().submit],
  ["through two batchers", ROUNDS / 4, () => inTurns([openBatcher().submit, openBatcher().submit])],
  [
    "through a batcher that takes one account a transaction",
    ROUNDS / 10,
    () => openBatcher({ sharding: IN_SHARDS }).submit,
  ],
  ["each in a transaction of its own", ROUNDS / 50, () => alone],
];

describe.each(WAYS)("calls at once, %s", (_, rounds, open) => {
  let submit: Submit;
  beforeAll(() => {
    submit = open();
  });

  it(
    `I3: of 100 spends on a balance for one exactly one succeeds, ${Math.ceil(rounds)} times`,
    async () => {
      const accountId = await makeAccountWith(0n);
      for (let round = 0; round < rounds; round += 1) {
        await give(accountId, 10n);
        const outcomes = await Promise.all(times(100, () => submit(accountId, spend(10n))));
        expect(done(outcomes)).toHaveLength(1);
      }
      expect((await getBalance(test.db, accountId)).remaining).toBe(0n);
    },
    LONG_MS,
  );

  it("I3: of 20 spends of 75 on 500 exactly 6 succeed", async () => {
    const accountId = await makeAccountWith(500n);
    const outcomes = await Promise.all(times(20, () => submit(accountId, spend(75n))));
    expect(done(outcomes)).toHaveLength(6);
    expect((await getBalance(test.db, accountId)).remaining).toBe(50n);
  });

  it("I7: 30 equal keys are one effect and equal answers", async () => {
    const accountId = await makeAccountWith(1_000n);
    for (const keyed of [spend(70n), hold(newId(), 70n)]) {
      const outcomes = await Promise.all(times(30, () => submit(accountId, keyed)));
      const [first] = done(outcomes);
      for (const each of outcomes) expect({ ...each, kind: "done" }).toEqual(first);
      expect(done(outcomes)).toHaveLength(1);
    }
    expect(await getBalance(test.db, accountId)).toMatchObject({ used: 70n, held: 70n, remaining: 860n });
  });

  it("I12: of 30 ends of one hold exactly one succeeds", async () => {
    const accountId = await makeAccountWith(100n);
    const holdId = newId();
    await submit(accountId, hold(holdId, 60n));
    const ends = times(30, (n) => (n % 2 === 0 ? capture(holdId, 20n) : release(holdId)));
    const outcomes = await Promise.all(ends.map((each) => submit(accountId, each)));
    expect(done(outcomes)).toHaveLength(1);
    expect((await getBalance(test.db, accountId)).held).toBe(0n);
  });
});

describe("two server processes", () => {
  let servers: readonly Server[];
  beforeAll(async () => {
    servers = await Promise.all(times(2, () => startServer(test.appUrl)));
  });
  afterAll(() => Promise.all(servers.map((each) => each.kill())));

  it(
    `I3: share a balance for one among 100 spends, ${PROCESS_ROUNDS} times`,
    async () => {
      const accountId = await makeAccountWith(0n);
      const submit = inTurns(servers.map((each) => each.submit));
      for (let round = 0; round < PROCESS_ROUNDS; round += 1) {
        await give(accountId, 10n);
        const outcomes = await Promise.all(times(100, () => submit(accountId, spend(10n))));
        expect(done(outcomes)).toHaveLength(1);
      }
    },
    LONG_MS,
  );

  it("I7: asked the same at once, do it once and answer alike, whatever they are asked", async () => {
    const accountIds = await Promise.all(times(4, () => makeAccountWith(2_000n)));
    const calls = times(400, (n) => ({
      accountId: accountIds[n % 4] as string,
      keyed: spend(BigInt(1 + (n % 30))),
    }));
    const answers = await Promise.all(
      calls.map(({ accountId, keyed }) => Promise.all(servers.map((each) => each.submit(accountId, keyed)))),
    );
    for (const [one, other] of answers) {
      expect(one?.kind === "refused" ? one.kind : { ...one, kind: "done" }).toEqual(
        other?.kind === "refused" ? other.kind : { ...other, kind: "done" },
      );
      expect([one?.kind, other?.kind].sort()).toEqual(["done", "replayed"]);
    }
    for (const [n, accountId] of accountIds.entries()) {
      const own = calls.filter((each) => each.accountId === accountId).map(({ keyed }) => keyed.command);
      const sum = own.reduce((total, each) => total + (each.kind === "spend" ? each.credits : 0n), 0n);
      expect((await getBalance(test.db, accountId)).used, `account ${n}`).toBe(sum);
    }
  });
});

describe("answers", () => {
  it("I7: come after the commit: whoever has one finds its entry in the database", async () => {
    const { submit } = openBatcher();
    const accountIds = await Promise.all(times(5, () => makeAccountWith(10_000n)));
    const callers = times(200, async (n) => {
      const accountId = accountIds[n % 5] as string;
      const key = newId();
      await submit(accountId, spend(1n, key));
      const isTheirs = and(eq(entries.accountId, accountId), eq(entries.key, keyMark(key)));
      expect(await test.db.select().from(entries).where(isTheirs)).toHaveLength(1);
    });
    await Promise.all(callers);
  });

  it("I7: to a key used before are the first ones, for every command and for ever", async () => {
    const { submit } = openBatcher();
    const accountId = await makeAccountWith(0n);
    for (const amount of [10n, 10n, 10n]) await give(accountId, amount);
    const [first, second, third] = times(3, newId) as [string, string, string];
    const calls = [
      spend(4n),
      hold(first, 12n),
      hold(second, 3n),
      capture(first, 7n),
      release(second),
      hold(third, 15n),
      // Of two grants, of the balance, and then owed.
      capture(third, 40n),
    ];
    const answers: Outcome[] = [];
    for (const each of calls) answers.push(await submit(accountId, each));
    expect(answers.map((each) => each.kind)).toEqual(calls.map(() => "done"));
    expect(answers.at(-1)).toMatchObject({ answer: { owed: 21n, from: [{}, {}] } });
    await give(accountId, 1_000n);
    for (const [n, each] of calls.entries()) {
      expect(await submit(accountId, each)).toEqual({ ...answers[n], kind: "replayed" });
    }
    const together = await Promise.all(calls.map((each) => submit(accountId, each)));
    expect(together).toEqual(answers.map((each) => ({ ...each, kind: "replayed" })));
    for (const { key } of calls) {
      const refusal = { code: "idempotency_key_reused" };
      expect(await submit(accountId, spend(999n, key))).toEqual({ kind: "refused", refusal });
    }
  });

  it("I7: to the end of a hold that a revocation emptied are the first ones too", async () => {
    const { submit } = openBatcher();
    for (const end of [(id: string) => capture(id, 0n), (id: string) => capture(id, 5n), release]) {
      const accountId = await makeAccountWith(0n);
      const grantId = await give(accountId, 10n);
      const holdId = newId();
      await submit(accountId, hold(holdId, 10n));
      await revoke(accountId, grantId, 10n);
      const ended = end(holdId);
      const first = await submit(accountId, ended);
      expect(first).toMatchObject({ kind: "done" });
      const again = await submit(accountId, ended);
      if (first.kind === "refused" || again.kind !== "replayed") throw new Error(again.kind);
      expect([again.answer, again.at]).toEqual([first.answer, first.at]);
    }
  });
});

describe("neighbours", () => {
  it("whole: a refusal in a batch touches nobody else in it", async () => {
    const { submit } = openBatcher();
    const [poor, rich, reusing] = (await Promise.all([5n, 1_000n, 1_000n].map(makeAccountWith))) as [
      string,
      string,
      string,
    ];
    await submit(reusing, spend(1n, "used"));
    const outcomes = await Promise.all([
      submit(rich, spend(10n)),
      submit(poor, spend(6n)),
      submit(poor, spend(5n)),
      submit(newId(), spend(1n)),
      submit(reusing, spend(2n, "used")),
      submit(reusing, spend(1n, "used")),
      submit(reusing, spend(3n)),
      submit(rich, release(newId())),
      submit(rich, spend(20n)),
    ]);
    expect(outcomes.map((each) => (each.kind === "refused" ? each.refusal.code : each.kind))).toEqual([
      "done",
      "insufficient_credits",
      "done",
      "account_not_found",
      "idempotency_key_reused",
      "replayed",
      "done",
      "hold_not_found",
      "done",
    ]);
    const used = await Promise.all([poor, rich, reusing].map((each) => getBalance(test.db, each)));
    expect(used.map((each) => each.used)).toEqual([5n, 30n, 4n]);
  });

  it("whole: what the database itself refuses fails alone", async () => {
    const { submit } = openBatcher();
    const accountIds = await Promise.all(times(3, () => makeAccountWith(100n)));
    const poison = { ...PURPOSE, resource: "\u0000" };
    const calls = accountIds.flatMap((accountId) =>
      times(4, (n) => {
        const command = { kind: "spend", credits: credits(1n), purpose: n === 2 ? poison : PURPOSE } as const;
        return submit(accountId, { key: newId(), command });
      }),
    );
    const settled = await Promise.allSettled(calls);
    expect(settled.map((each) => each.status === "fulfilled")).toEqual(times(12, (n) => n % 4 !== 2));
    for (const each of accountIds) expect((await getBalance(test.db, each)).used).toBe(3n);
  });

  it("whole: an account that somebody holds locked keeps nobody else waiting, and is served after", async () => {
    const { submit } = openBatcher();
    const [locked, ...others] = (await Promise.all(times(6, () => makeAccountWith(1_000n)))) as [
      string,
      ...string[],
    ];
    let waiting: Promise<Outcome[]> = Promise.resolve([]);
    await test.owner.begin(async (owner) => {
      await owner`select 1 from balances where account_id = ${locked} for update`;
      waiting = Promise.all(times(50, () => submit(locked, spend(1n))));
      for (let turn = 0; turn < 2; turn += 1) {
        const served = Promise.all(times(50, (n) => submit(others[n % 5] as string, spend(1n))));
        // Whoever waits for the lock gives up after ten seconds.
        expect(await Promise.race([served, sleep(5_000, "too late")])).toHaveLength(50);
      }
    });
    expect(done(await waiting)).toHaveLength(50);
    expect((await getBalance(test.db, locked)).used).toBe(50n);
  });
});

describe("when it is too much", () => {
  it("a full queue refuses at once what is new, does what it took, and then takes more", async () => {
    const { submit, close } = openBatcher({ maxQueued: 10 });
    const accountId = await makeAccountWith(100n);
    let taken: Promise<Outcome>[] = [];
    await test.owner.begin(async (owner) => {
      await owner`select 1 from balances where account_id = ${accountId} for update`;
      taken = times(10, () => submit(accountId, spend(1n)));
      for (const each of times(5, () => submit(accountId, spend(1n)))) {
        await expect(each).rejects.toBeInstanceOf(Overloaded);
      }
    });
    expect(done(await Promise.all(taken))).toHaveLength(10);
    const last = submit(accountId, spend(1n));
    const closing = close();
    await expect(submit(accountId, spend(1n))).rejects.toBeInstanceOf(Overloaded);
    await closing;
    expect((await last).kind).toBe("done");
    expect((await getBalance(test.db, accountId)).used).toBe(11n);
  });

  it("whole: numbers that collide fail the call, and are not asked for again and again", async () => {
    const { submit } = openBatcher();
    const accountId = await makeAccountWith(10n);
    await submit(accountId, spend(1n));
    await test.owner`
      insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
      select account_id, last_seq + 1, active_grant_id, 'available', 'spent', 1, now() from balances where account_id = ${accountId}`;
    const colliding = await Promise.allSettled([submit(accountId, spend(1n)), submit(accountId, spend(2n))]);
    expect(colliding.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    await test.owner`
      delete from entries as e using balances as b
      where b.account_id = e.account_id and e.account_id = ${accountId} and e.seq > b.last_seq`;
    expect((await submit(accountId, spend(1n))).kind).toBe("done");
  });

  it(
    "I7: calls whose connection is cut are done once when they are asked again",
    async () => {
      const { submit } = openBatcher({ applicationName: "victim" });
      const accountId = await makeAccountWith(1_000_000n);
      let cut = 0;
      for (let round = 0; round < CUTS; round += 1) {
        const calls = times(40, () => spend(1n));
        const first = Promise.allSettled(calls.map((each) => submit(accountId, each)));
        await sleep(Math.random() * 4);
        // A connection that is still being opened fails where the driver lets nobody catch it.
        await test.owner`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'victim' and query <> '' and query not like '%typarray%'`;
        const outcomes = await first;
        for (const [n, each] of calls.entries()) {
          const again = await submitUntilHeard(submit, accountId, each);
          const before = outcomes[n];
          if (before?.status === "fulfilled") expect(again).toEqual({ ...before.value, kind: "replayed" });
          else cut += 1;
        }
        expect((await getBalance(test.db, accountId)).used).toBe(BigInt(40 * (round + 1)));
      }
      expect(cut).toBeGreaterThan(0);
    },
    LONG_MS,
  );
});

async function submitUntilHeard(
  submit: Submit,
  accountId: string,
  keyed: Keyed<SpendingCommand>,
): Promise<Outcome> {
  for (let tries = 0; tries < 20; tries += 1) {
    const outcome = await submit(accountId, keyed).catch(() => null);
    if (outcome) return outcome;
    await sleep(10);
  }
  throw new Error("nobody answers");
}

it("accounts committed by themselves leave connections of the pool to pages and jobs, whatever its size", () => {
  expect([2, 10, 50].map((pool) => exclusiveConnections(pool, false))).toEqual([1, 4, 20]);
  expect([2, 10, 50].map((pool) => exclusiveConnections(pool, true))).toEqual([1, 7, 35]);
});
