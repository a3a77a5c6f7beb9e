import { sql } from "drizzle-orm";
import { check, index, integer, pgEnum, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./accounts";

export const workerMode = pgEnum("worker_mode", ["inline", "separate"]);

/** Processes that work off background jobs, one row from start to end. Written by the worker itself while it can work. */
export const workers = pgTable(
  "workers",
  {
    id: uuid("id").primaryKey(),
    /** Host and process id: for whoever looks for it, not a key. */
    name: text("name").notNull(),
    mode: workerMode("mode").notNull(),
    startedAt: instant("started_at").notNull().defaultNow(),
    /** Its last heartbeat: then it could still ask for jobs. */
    seenAt: instant("seen_at").notNull().defaultNow(),
    /** When it last finished a job well. */
    doneAt: instant("done_at"),
    /** Under what names it locks jobs (the library's pools): the jobs of one that died are unlocked by another. */
    pools: text("pools").array().notNull().default([]),
    /** It ended as it was told to. */
    stoppedAt: instant("stopped_at"),
  },
  (t) => [index("workers_by_last_heartbeat").on(t.seenAt)], // serves health and the cleanup
);

/** When each kind of job last ended well and badly, in whatever process. */
export const workerTasks = pgTable(
  "worker_tasks",
  {
    task: text("task").primaryKey(),
    doneAt: instant("done_at"),
    failedAt: instant("failed_at"),
    /** Failures since it last ended well. */
    failures: integer("failures").notNull().default(0),
  },
  () => [check("worker_tasks_count_failures", sql`failures >= 0`)],
);
