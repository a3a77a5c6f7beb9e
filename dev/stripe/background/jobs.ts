import type { Core } from "../core";
import { settleCharge } from "../objects/charges";
import { expireIfOpen } from "../objects/checkout-sessions";
import { finalizeDraft, renewSubscription, retryInvoice } from "../objects/renewals";
import { advanceSchedule } from "../objects/schedules-phases";
import { cancelIfDue, expireIncomplete, expirePendingUpdate } from "../objects/subscription-cancel";
import type { JobKind, JobRow } from "../tables";
import type { Work } from "../work";
import { Timers } from "./timers";

const JOBS: Record<JobKind, (work: Work, target: string) => void> = {
  settle_charge: settleCharge,
  expire_session: expireIfOpen,
  renew_subscription: renewSubscription,
  cancel_subscription: cancelIfDue,
  expire_incomplete: expireIncomplete,
  expire_pending_update: expirePendingUpdate,
  finalize_invoice: finalizeDraft,
  retry_invoice: retryInvoice,
  advance_schedule: advanceSchedule,
};

/** Things that happen by themselves later; they are rows, so a restart does not forget them. */
export function startJobs(core: Core): { stop(): void } {
  const timers = new Timers(() => core.now(), core.options.lookAgainMs);
  const schedule = (job: JobRow) => timers.at(job.id, job.atMs, () => runJob(core, job));
  for (const job of core.store.list("job").reverse()) schedule(job);
  core.store.onCommit((change) => {
    if (change.table === "job" && change.row) schedule(change.row as JobRow);
  });
  return { stop: () => timers.stop() };
}

function runJob(core: Core, job: JobRow): void {
  if (!core.store.get("job", job.id)) return;
  core.perform((work) => {
    work.store.delete("job", job.id);
    JOBS[job.kind](work, job.target);
  });
}
