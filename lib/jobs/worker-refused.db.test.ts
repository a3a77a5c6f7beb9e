import { randomBytes } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import type { TaskList } from "graphile-worker";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { workers, workerTasks } from "../../db/schema";
import { noMail } from "../../dev/testing/mail";
import { openShop } from "../../dev/testing/shop";
import { createLogger } from "../log";
import { forgetWorkers } from "./heartbeat";
import { keepWorking } from "./worker";

const shop = openShop();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A worker that connects as a role of its own, whose door can be closed without closing anybody else's. */
async function startWorker(taskList: TaskList, options: { readonly givenBackMs?: number } = {}) {
  const role = { name: `refill_worker_${randomBytes(4).toString("hex")}`, password: "right" };
  await migrateDatabase(shop.ownerUrl, role);
  const url = new URL(shop.ownerUrl);
  Object.assign(url, { username: role.name, password: role.password });
  const db = connect(url.href, { max: 2 });
  const lines: string[] = [];
  const log = createLogger("info", { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const stop = new AbortController();
  const deps = { ...shop.deps, ...noMail, db, log };
  const working = keepWorking(deps, url.href, stop.signal, { mode: "separate", taskList, ...options });
  const end = async () => {
    stop.abort();
    await working;
  };
  ends.push(async () => {
    await end();
    await db.pool.end({ timeout: 5 });
    await shop.owner.unsafe(`drop owned by ${role.name}; drop role ${role.name}`);
  });
  return { role: role.name, lines, end };
}

const enqueue = (task: string) =>
  shop.owner`select graphile_worker.add_job(${task}::text, max_attempts := 2)`;
const jobs = (task: string) =>
  shop.owner`select attempts, last_error from graphile_worker.jobs where task_identifier = ${task}`;

const REFUSALS = {
  "too many connections": ["connection limit 0", "connection limit -1"],
  "a refused login": ["password 'wrong'", "password 'right'"],
} as const;

describe("a worker that the database lets in no more while a job runs", () => {
  it.each(Object.entries(REFUSALS))("works again after %s, and says so once", async (_, [close, open]) => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = vi.fn();
    const quick = vi.fn();
    const { role, lines } = await startWorker({
      slow: async () => {
        started();
        await released;
      },
      quick,
    });
    await enqueue("slow");
    await vi.waitFor(() => expect(started).toHaveBeenCalledOnce(), { timeout: 15_000 });
    await shop.owner.unsafe(`alter role ${role} ${close}`);
    await shop.owner`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
    release();
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), { timeout: 15_000 });
    await shop.owner.unsafe(`alter role ${role} ${open}`);
    await enqueue("quick");
    await vi.waitFor(() => expect(quick).toHaveBeenCalledOnce(), { timeout: 15_000 });
    await vi.waitFor(() => expect(lines).toContain("the worker works again"), { timeout: 15_000 });
    expect(lines).toEqual(["the worker cannot work, and tries until it can", "the worker works again"]);
    // The job whose end nobody heard was not lost, nor is it locked for hours.
    await vi.waitFor(async () => expect(await jobs("slow")).toEqual([]), { timeout: 15_000 });
  });
});

it("I18: a job whose end nobody heard runs again while another of the same worker goes on and on", async () => {
  const release = { short: () => {}, long: () => {} };
  const [shortEnds, longEnds] = (["short", "long"] as const).map(
    (each) => new Promise<void>((resolve) => (release[each] = resolve)),
  );
  const [short, long] = [vi.fn(), vi.fn()];
  const { role, lines } = await startWorker(
    {
      short: () => {
        short();
        return shortEnds;
      },
      long: () => {
        long();
        return longEnds;
      },
    },
    { givenBackMs: 500 },
  );
  ends.push(async () => release.long());
  await enqueue("short");
  await enqueue("long");
  await vi.waitFor(() => expect([short, long].every((each) => each.mock.calls.length === 1)).toBe(true), {
    timeout: 15_000,
  });
  const [close, open] = REFUSALS["too many connections"];
  await shop.owner.unsafe(`alter role ${role} ${close}`);
  await shop.owner`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
  release.short();
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), { timeout: 15_000 });
  await shop.owner.unsafe(`alter role ${role} ${open}`);
  await vi.waitFor(async () => expect(await jobs("short")).toEqual([]), { timeout: 40_000 });
  expect(short.mock.calls.length).toBe(2);
});

describe("a worker's heartbeat", () => {
  it("lets go of the jobs of a worker that died, and of no other's (I18)", async () => {
    const lock = (task: string, pool: string) => shop.owner`
      update graphile_worker._private_jobs set locked_at = now(), locked_by = ${pool}
      where task_id = (select id from graphile_worker._private_tasks where identifier = ${task})`;
    const worker = (pool: string, seen: string) => shop.owner`
      insert into workers (id, name, mode, seen_at, pools)
      values (gen_random_uuid(), ${pool}, 'separate', now() - ${seen}::interval, ${[pool]})`;
    await enqueue("of_the_dead");
    await enqueue("of_the_living");
    await lock("of_the_dead", "dead");
    await lock("of_the_living", "living");
    await worker("dead", "31 seconds");
    await worker("living", "20 seconds");
    const [ofTheDead, ofTheLiving] = [vi.fn(), vi.fn()];
    const { lines } = await startWorker({ of_the_dead: ofTheDead, of_the_living: ofTheLiving });
    await vi.waitFor(() => expect(ofTheDead).toHaveBeenCalledOnce(), { timeout: 30_000 });
    expect(ofTheLiving).not.toHaveBeenCalled();
    expect(lines).toEqual(["a worker died: what it was doing is done again"]);
    await shop.owner`delete from graphile_worker._private_jobs where locked_by = 'living'`;
    await shop.owner`delete from workers where name in ('dead', 'living')`;
  });

  it("lets go of what was locked by one that was killed before it left any word of itself (I18)", async () => {
    const lock = (task: string, since: string) => shop.owner`
      update graphile_worker._private_jobs set locked_at = now() - ${since}::interval, locked_by = ${`killed at ${task}`}
      where task_id = (select id from graphile_worker._private_tasks where identifier = ${task})`;
    await enqueue("long_ago");
    await enqueue("just_now");
    await lock("long_ago", "31 seconds");
    await lock("just_now", "1 second");
    const [longAgo, justNow] = [vi.fn(), vi.fn()];
    const { lines } = await startWorker({ long_ago: longAgo, just_now: justNow });
    await vi.waitFor(() => expect(longAgo).toHaveBeenCalledOnce(), { timeout: 15_000 });
    expect(justNow).not.toHaveBeenCalled(); // Whoever locked it may not have had time to say so.
    expect(lines).toEqual(["a worker died: what it was doing is done again"]);
    await shop.owner`delete from graphile_worker._private_jobs where locked_by = 'killed at just_now'`;
  });

  it("says that it works, since when, and when which kind of job ended well or badly", async () => {
    const { lines, end } = await startWorker({
      well: async () => {},
      badly: async () => {
        throw new Error("no");
      },
    });
    await enqueue("well");
    await enqueue("badly");
    const row = async () => (await shop.db.select().from(workers).where(eq(workers.mode, "separate"))).at(-1);
    await vi.waitFor(async () => expect(await row()).toMatchObject({ stoppedAt: null }), { timeout: 15_000 });
    await vi.waitFor(async () => expect(await jobs("badly")).toMatchObject([{ attempts: 1 }]), {
      timeout: 15_000,
    });
    await end();
    expect(await row()).toMatchObject({ doneAt: expect.any(Date), stoppedAt: expect.any(Date) });
    const tasks = await shop.db
      .select()
      .from(workerTasks)
      .where(inArray(workerTasks.task, ["badly", "well"]))
      .orderBy(workerTasks.task);
    expect(tasks).toMatchObject([
      { task: "badly", doneAt: null, failedAt: expect.any(Date), failures: 1 },
      { task: "well", doneAt: expect.any(Date), failedAt: null, failures: 0 },
    ]);
    expect(lines).toEqual(["a job failed, and is tried again"]);
  });

  it("is forgotten a week after the last", async () => {
    await shop.owner`update workers set seen_at = now() - interval '8 days'`;
    await shop.owner`insert into workers (id, name, mode) values (gen_random_uuid(), 'here:1', 'inline')`;
    await forgetWorkers(shop.db);
    expect(await shop.db.select().from(workers)).toMatchObject([{ name: "here:1" }]);
  });
});
