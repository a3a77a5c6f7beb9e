import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import {
  expectEveryConnection,
  expectOwnAnswer,
  expectRightAnswers,
  startCallers,
} from "../dev/testing/callers";
import {
  AWAY,
  connectionsOf,
  endConnections,
  failure,
  keep,
  LOSSES,
  REFUSALS,
  type Scene,
  STATEMENTS,
} from "../dev/testing/connection-faults";
import { openTestDatabase } from "../dev/testing/database";
import { type DatabaseLine, openDatabaseLine } from "../dev/testing/database-line";
import { newId } from "../lib/ids";
import { type ConnectOptions, connect, type Database, rawOf } from "./client";
import { databaseIsAway } from "./pool";
import { sqlState, transact } from "./transact";

/**
 * Everything a connection is known to survive badly, and what must hold of our pool all the same. Another version of the
 * driver, or another driver, is judged by this file.
 */
const test = openTestDatabase();
const MAX = 2;
/** A role of its own, with the rights of the application's: what is done to it is done to nobody else's tests. */
const ROLE = { name: `refill_faults_${randomBytes(6).toString("hex")}`, password: "faults" };

beforeAll(async () => {
  const app = new URL(test.appUrl).username;
  await test.owner.unsafe(`create role ${ROLE.name} login password '${ROLE.password}' in role ${app}`);
});
afterAll(() => test.owner.unsafe(`drop role ${ROLE.name}`));

let scene: Scene;
beforeEach(async () => {
  const url = new URL(test.appUrl);
  Object.assign(url, { username: ROLE.name, password: ROLE.password });
  const line = await openDatabaseLine(url.href);
  scene = { owner: test.owner, role: ROLE, line, db: openOver(line), kept: newId(), lost: newId() };
  onTestFinished(() => line.close());
});

function openOver(line: DatabaseLine, options: ConnectOptions = {}): Database {
  const db = connect(line.url, { max: MAX, ...options });
  onTestFinished(() => db.pool.end({ timeout: 1 }));
  return db;
}

/** Where nothing was lost and nothing is left open that nobody uses. */
async function expectAllWell(db: Database): Promise<void> {
  await expectRightAnswers(db);
  await expectEveryConnection(db, MAX);
  const tooMany = async () => (await connectionsOf(scene)).slice(MAX);
  await expect.poll(tooMany, { timeout: 20_000 }).toEqual([]);
}

async function expectKept(id: string, kept: boolean): Promise<void> {
  expect((await test.owner`select from users where id = ${id}`).length > 0).toBe(kept);
}

const nameOf = (error: unknown): string =>
  databaseIsAway(error) ? AWAY : (sqlState(error) ?? (error as Error).name);

it.each(Object.entries(STATEMENTS))(
  "when %s, its caller is told so, and nobody else's answer changes",
  async (_, fault) => {
    const { db, kept, lost } = scene;
    const beside = Promise.all(startCallers(db));
    expect(nameOf(await fault.strike(scene))).toBe(fault.outcome);
    for (const answered of await beside) expectOwnAnswer(answered);
    await expectAllWell(db);
    await expectKept(lost, false);
    if (fault.keeps) await expectKept(kept, true);
  },
);

it.each(Object.entries(LOSSES))(
  "when %s, nothing of it is kept, and the next callers have their own answers",
  async (_, fault) => {
    const db = fault.options ? openOver(scene.line, fault.options) : scene.db;
    await expectRightAnswers(db);
    expect(nameOf(await fault.strike({ ...scene, db }))).toBe(fault.outcome);
    await expectAllWell(db);
    await expectKept(scene.lost, false);
  },
);

it.each(Object.entries(REFUSALS))(
  "while %s, every caller is told so, and all is well as soon as it ends",
  async (_, refusal) => {
    const { db } = scene;
    onTestFinished(() => refusal.end(scene));
    await refusal.begin(scene);
    const told = await Promise.all(startCallers(db).map(failure));
    expect(told.map(nameOf)).toEqual(told.map(() => AWAY));
    await refusal.end(scene);
    await expectAllWell(db);
  },
);

it.each(["R", "Z"])(
  "a connection cut while it is opened (after %s) harms only who waits for it",
  async (type) => {
    const { db, line } = scene;
    for (let round = 0; round < 3; round += 1) {
      line.cutAfter(type);
      for (const fate of await Promise.allSettled(startCallers(db))) {
        if (fate.status === "fulfilled") expectOwnAnswer(fate.value);
        else expect(nameOf(fate.reason)).toBe(AWAY);
      }
      await expectRightAnswers(db);
      await endConnections(scene);
    }
    await expectAllWell(db);
  },
);

it("what is left of a transaction that lost its connection never runs inside somebody else's", async () => {
  const db = openOver(scene.line, { max: 1 });
  const [late, other] = [newId(), newId()];
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let refused: unknown = null;
  const cut = failure(
    transact(db, async (tx) => {
      await keep(rawOf(tx), scene.lost);
      await endConnections(scene);
      await gate;
      refused = await failure(keep(rawOf(tx), late));
    }),
  );
  expect(nameOf(await cut)).toBe(AWAY);
  await transact(db, async (tx) => {
    await keep(rawOf(tx), other);
    goOn();
    await tx.execute(sql`select pg_sleep(0.2)`);
  });
  expect(nameOf(refused)).toBe(AWAY);
  for (const [id, kept] of [
    [scene.lost, false],
    [late, false],
    [other, true],
  ] as const)
    await expectKept(id, kept);
});

it("what was given up while it was being opened does not open later", async () => {
  const told = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const line = await openDatabaseLine(scene.line.url);
      onTestFinished(() => line.close());
      line.set("closing");
      const why = await failure(openOver(line, { max: 1 }).execute(sql`select 1`));
      line.set("up");
      return why;
    }),
  );
  expect(told.map(nameOf)).toEqual(told.map(() => AWAY));
  // Whatever opens all the same has done so by now.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await expect.poll(() => connectionsOf(scene), { timeout: 10_000 }).toEqual([]);
});
