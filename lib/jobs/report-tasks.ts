import type { TaskList } from "graphile-worker";
import { databaseIsAway } from "../../db/pool";
import { DatabaseBusy } from "../../db/transact";
import { EventNotHandled } from "../billing/handle-event";
import type { Logger } from "../log";
import { describeError } from "../log-clean";
import { MailNotSent } from "../mail/mailer";
import { series } from "../metrics/series";
import { whileDoing } from "../requests/context";
import { inSpan } from "../trace";
import type { Heartbeat } from "./heartbeat";

/** What the queue is told of a job that failed, and keeps beside it: no query and no parameter. */
class JobFailed extends Error {
  override name = "JobFailed";
}

/**
 * The same tasks, of which each failure is one log line, and each end is known to the heartbeat. A failure that
 * nobody here can help (Stripe, the mail server or the database is away) is a warning until it is the last.
 */
export function reportTasks(taskList: TaskList, log: Logger, heartbeat: Pick<Heartbeat, "ended">): TaskList {
  return Object.fromEntries(
    Object.entries(taskList).map(([task, run]): [string, NonNullable<typeof run>] => [
      task,
      async (payload, helpers) => {
        const { jobs, jobSeconds } = series();
        const observe = jobSeconds.startTimer({ task });
        try {
          const doing = { task, jobId: String(helpers.job.id), actor: "job" } as const;
          await whileDoing(doing, () => inSpan(`job ${task}`, {}, async () => run?.(payload, helpers)));
        } catch (error) {
          observe();
          const { id, attempts, max_attempts } = helpers.job;
          const isLast = attempts >= max_attempts;
          const what = { err: error, task, jobId: id, attempt: attempts, of: max_attempts };
          const words = isLast ? "a job failed for the last time" : "a job failed, and is tried again";
          log[isLast || !isElsewhere(error) ? "error" : "warn"](what, words);
          heartbeat.ended(task, false);
          jobs.inc({ task, outcome: isLast ? "given_up" : "failed" });
          const { type, message } = describeError(error);
          throw new JobFailed(`${type}: ${message}`);
        }
        observe();
        heartbeat.ended(task, true);
        jobs.inc({ task, outcome: "done" });
      },
    ]),
  );
}

const isElsewhere = (error: unknown): boolean =>
  error instanceof EventNotHandled ||
  error instanceof MailNotSent ||
  error instanceof DatabaseBusy ||
  databaseIsAway(error);
