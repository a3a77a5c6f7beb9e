import type { Core } from "../core";
import { settleCharge } from "../objects/charges";
import { expireSession } from "../objects/checkout-sessions";
import type { JobRow } from "../tables";
import { Timers } from "./timers";

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
    if (job.kind === "settle_charge") return settleCharge(work, job.target);
    const session = work.store.get("checkout.session", job.target);
    if (session?.status === "open") expireSession(work, session);
  });
}
