import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../db/client";
import { findMisfit, findSchemaMisfit } from "../db/fits";
import { stripeEvents, workers, workerTasks } from "../db/schema";
import { openTestDatabase } from "../dev/testing/database";
import { openAttention } from "./billing/attention/items";
import { describeHealth } from "./health";
import { newId } from "./ids";
import { askReadiness } from "./readiness";

const test = openTestDatabase();
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const health = () => describeHealth({ db: test.db, log });
const works = () => test.db.insert(workers).values({ id: newId(), name: "here:1", mode: "inline" });

afterEach(async () => {
  await test.owner`truncate workers, worker_tasks, stripe_events, attention_items`;
  await test.owner`delete from graphile_worker._private_jobs`;
});

describe("a process is ready", () => {
  it("while its database answers and has this version's tables, whatever the worker does", async () => {
    expect(await askReadiness(test.db)).toBe("ready");
    expect((await health()).problems).toContain("no_worker");
    expect(await askReadiness(test.db)).toBe("ready");
  });

  it("not without a database", async () => {
    const away = connect("postgres://nobody@127.0.0.1:9/nowhere");
    expect(await askReadiness(away)).toBe("no_database");
    expect(await describeHealth({ db: away, log })).toEqual({
      status: "degraded",
      process: "no_database",
      problems: ["no_database"],
    });
    await away.pool.end({ timeout: 0 });
  });

  it("not before the newest migration it knows, and also behind newer ones", async () => {
    const shift = (ms: number) =>
      test.owner`update drizzle.__drizzle_migrations set created_at = created_at + ${ms}`;
    await shift(-1);
    expect(await askReadiness(test.db)).toBe("not_migrated");
    await shift(1_001);
    expect(await askReadiness(test.db)).toBe("ready");
    await shift(-1_000);
    await test.owner`revoke all on drizzle.__drizzle_migrations from refill_test_app`;
    expect(await findSchemaMisfit(test.db)).toBe("not_migrated");
    await test.owner`grant select on drizzle.__drizzle_migrations to refill_test_app`;
  });

  it("not once a newer build has said that builds so old must not run", async () => {
    const move = (ms: number) => test.owner`update oldest_code set migration_at = migration_at + ${ms}`;
    expect(await askReadiness(test.db)).toBe("ready");
    await move(1e12);
    expect(await askReadiness(test.db)).toBe("build_too_old");
    expect((await health()).problems).toEqual(["build_too_old"]);
    await move(-1e12);
    expect(await askReadiness(test.db)).toBe("ready");
  });
});

describe("a role that could change the ledger's entries", () => {
  it("is found out: the owner, a member of it, or one that was given the right", async () => {
    expect(await findMisfit(test.db)).toBeNull();
    const asOwner = connect(test.ownerUrl, { max: 1 });
    expect(await findMisfit(asOwner)).toBe("role_may_edit");
    await asOwner.pool.end({ timeout: 5 });
    for (const right of ["update", "delete", "truncate", "update (credits)"]) {
      await test.owner.unsafe(`grant ${right} on entries to refill_test_app`);
      expect([right, await findMisfit(test.db)]).toEqual([right, "role_may_edit"]);
      await test.owner.unsafe(`revoke ${right} on entries from refill_test_app`);
    }
    expect(await findMisfit(test.db)).toBeNull();
  });
});

describe("health", () => {
  it("is well while somebody works and nothing waits", async () => {
    await works();
    await test.db.insert(workerTasks).values({ task: "sweep_orders", doneAt: new Date() });
    expect(await health()).toMatchObject({
      status: "ok",
      process: "ready",
      problems: [],
      workers: [{ name: "here:1", mode: "inline", doneAt: null, stoppedAt: null }],
      tasks: [{ task: "sweep_orders", failures: 0 }],
      jobs: { waiting: 0, oldestWaitingSeconds: null, running: 0, failing: 0, givenUp: 0 },
      events: { waiting: 0, oldestWaitingSeconds: null, parked: 0 },
      attention: { open: 0, old: 0, acknowledged: 0 },
      heartbeatSeconds: 0,
      unsettled: { payments: 0, oldestSeconds: 0 },
      accounts: { ordersParked: 0, cyclesDue: 0, disputesToAnswer: 0, evidenceDueSeconds: null },
    });
  });

  it("counts what needs attention, and complains of it after a week", async () => {
    await works();
    const open = async (days: number) => {
      const now = new Date(Date.now() - days * 86_400_000);
      const what = { accountId: null, object: "invoice", reason: "paid_invoice_unbound" } as const;
      await openAttention(test.db, { ...what, id: `in_${newId()}`, now, log });
    };
    await open(6.9);
    expect(await health()).toMatchObject({ status: "ok", attention: { open: 1, old: 0, acknowledged: 0 } });
    await open(7.1);
    expect(await health()).toMatchObject({
      status: "degraded",
      problems: ["attention_old"],
      attention: { open: 2, old: 1, acknowledged: 0 },
    });
    await test.owner`update attention_items set state = 'acknowledged', acknowledged_at = now(), note = 'known'`;
    expect(await health()).toMatchObject({ status: "ok", attention: { open: 0, old: 0, acknowledged: 2 } });
  });

  it.each([
    ["no_worker", "update workers set seen_at = now() - interval '31 seconds'"],
    ["no_worker", "update workers set stopped_at = now()"],
    ["jobs_late", "select graphile_worker.add_job('x', run_at := now() - interval '6 minutes')"],
    [
      "jobs_given_up",
      "select graphile_worker.add_job('x', max_attempts := 1); update graphile_worker._private_jobs set attempts = 1",
    ],
    ["task_failing", "insert into worker_tasks (task, failures) values ('fold_usage', 3)"],
    [
      "events_late",
      "insert into stripe_events (id, type, payload, created_at, received_at) values ('evt_1', 'x', '{}', now(), now() - interval '6 minutes')",
    ],
  ])("says %s after: %s", async (problem, statement) => {
    await works();
    await test.owner.unsafe(statement);
    expect(await health()).toMatchObject({ status: "degraded", process: "ready", problems: [problem] });
  });

  it("counts what waits, and shows nothing of what is in it", async () => {
    await works();
    await test.db.insert(stripeEvents).values({
      id: "evt_2",
      type: "x",
      payload: { secret: "marker" },
      createdAt: new Date(),
      parkedReason: "marker",
    });
    await test.owner`select graphile_worker.add_job('x', '{"who": "marker"}'::json)`;
    await test.owner`update graphile_worker._private_jobs set attempts = 2, last_error = 'marker'`;
    const said = await health();
    expect(said).toMatchObject({
      status: "ok",
      jobs: { waiting: 1, failing: 1 },
      events: { waiting: 0, parked: 1 },
    });
    expect(JSON.stringify(said)).not.toContain("marker");
  });
});
