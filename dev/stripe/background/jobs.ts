import type { Core } from "../core";
import { settleCharge } from "../objects/charges";
import { expireIfOpen } from "../objects/checkout-sessions";
import { settleDebit } from "../objects/debits";
import { decideDispute } from "../objects/dispute-life";
import { giveUpDraft, resumeCollection, voidDraft } from "../objects/paused-collection";
import { finishRefund } from "../objects/refund-rows";
import { finalizeDraft, renewSubscription, retryInvoice } from "../objects/renewals";
import { advanceSchedule } from "../objects/schedules-phases";
import { noteOverdue } from "../objects/sent-invoices";
import { cancelIfDue, expireIncomplete, expirePendingUpdate } from "../objects/subscription-cancel";
import { tellTrialEnd } from "../objects/subscription-trials";
import { failAdvance, finishAdvance, targetOf, tickTo } from "../objects/test-clocks";
import type { JobKind, JobRow } from "../tables";
import type { Work } from "../work";
import { JobQueue } from "./job-queue";

const JOBS: Record<JobKind, (work: Work, target: string) => void> = {
  settle_charge: settleCharge,
  settle_debit: (work, target) => settleDebit(work, target),
  expire_session: expireIfOpen,
  renew_subscription: renewSubscription,
  cancel_subscription: cancelIfDue,
  expire_incomplete: expireIncomplete,
  expire_pending_update: expirePendingUpdate,
  finalize_invoice: finalizeDraft,
  retry_invoice: retryInvoice,
  advance_schedule: advanceSchedule,
  resume_collection: resumeCollection,
  tell_trial_end: tellTrialEnd,
  void_draft: voidDraft,
  give_up_draft: giveUpDraft,
  invoice_due: noteOverdue,
  finish_refund: finishRefund,
  decide_dispute: decideDispute,
};

/** So many jobs run before anybody else gets a turn. */
const AT_A_TIME = 25;

/**
 * Things that happen by themselves later, in order and each at its own instant, whether time passed or was moved.
 * They are rows, so a restart does not forget them.
 */
export class Jobs {
  /** By test clock; null: the simulator's own time. */
  private readonly queues = new Map<string | null, JobQueue>();
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Number.POSITIVE_INFINITY;
  private moves: Promise<void> = Promise.resolve();
  private moving = false;
  private readonly advancing = new Set<string>();
  private stopped = false;

  constructor(private readonly core: Core) {
    for (const job of core.store.list("job").reverse()) this.add(job);
    for (const { id } of core.store.list("test_helpers.test_clock")) void this.advance(id);
    core.store.onCommit((change) => {
      if (change.table === "job" && change.row) this.add(change.row as JobRow);
      if (change.table === "test_helpers.test_clock" && change.row) void this.advance(change.id);
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Moves the simulator's time to an instant. Forwards, every job up to it has run when this is over; backwards,
   * nothing happens. Whoever shares the clock is told before the jobs run.
   */
  moveTo(atMs: number): Promise<void> {
    return this.afterOthers(() => this.move(Math.round(atMs)));
  }

  /** Forgets everything, the moved time too. */
  reset(): Promise<void> {
    return this.afterOthers(async () => {
      const moved = this.core.offsetMs() !== 0;
      this.core.reset();
      this.queues.clear();
      if (moved) await this.core.options.onClockMoved(0);
    });
  }

  private afterOthers(act: () => Promise<void>): Promise<void> {
    const move = this.moves.then(act);
    this.moves = move.catch(() => {});
    return move;
  }

  private async move(atMs: number): Promise<void> {
    const { core } = this;
    const forward = atMs > core.now();
    const offsetMs = atMs - core.wallNow();
    this.moving = true;
    try {
      await core.options.onClockMoved(offsetMs);
      core.setOffset(offsetMs);
      while (forward && !this.stopped && this.runSome(atMs)) await pause();
    } finally {
      this.moving = false;
      this.forgetTimer();
      this.wakeFor(this.queueOf(null).nextAtMs());
    }
  }

  /** Runs what is due on the simulator's own time; true when there is more. */
  private runSome(untilMs: number): boolean {
    const queue = this.queueOf(null);
    for (let count = 0; count < AT_A_TIME; count += 1) {
      const job = queue.takeDue(untilMs);
      if (!job) return false;
      this.run(job, job.atMs);
    }
    return queue.nextAtMs() <= untilMs;
  }

  private run(job: JobRow, atMs?: number): void {
    if (this.core.store.get("job", job.id) !== job) return;
    this.core.perform(
      (work) => {
        work.store.delete("job", job.id);
        if (job.clock !== null) tickTo(work, job.clock, Math.floor(job.atMs / 1000));
        JOBS[job.kind](work, job.target);
      },
      { atMs },
    );
  }

  /** Takes a test clock that is advancing to where it goes, through everything on its way. */
  private async advance(id: string): Promise<void> {
    if (this.advancing.has(id) || this.targetMs(id) === null) return;
    this.advancing.add(id);
    try {
      do await pause();
      while (this.tickSome(id));
      if (!this.stopped && this.targetMs(id) !== null) this.core.perform((work) => finishAdvance(work, id));
    } catch (error) {
      console.error("stripe simulator:", error);
      this.core.perform((work) => failAdvance(work, id));
    } finally {
      this.advancing.delete(id);
    }
  }

  /** Runs what comes next on a test clock; true when there may be more. */
  private tickSome(id: string): boolean {
    for (let count = 0; count < AT_A_TIME; count += 1) {
      const targetMs = this.stopped ? null : this.targetMs(id);
      const job = targetMs === null ? undefined : this.queueOf(id).takeDue(targetMs);
      if (!job) return false;
      this.run(job);
    }
    return true;
  }

  private targetMs(id: string): number | null {
    const clock = this.core.store.get("test_helpers.test_clock", id);
    const target = clock ? targetOf(clock) : null;
    return target === null ? null : target * 1000;
  }

  private add(job: JobRow): void {
    this.queueOf(job.clock).add(job);
    if (job.clock === null) this.wakeFor(job.atMs);
  }

  private queueOf(clock: string | null): JobQueue {
    const queue = this.queues.get(clock) ?? new JobQueue();
    this.queues.set(clock, queue);
    return queue;
  }

  private wakeFor(atMs: number): void {
    if (this.stopped || this.moving || atMs >= this.timerAtMs) return;
    this.forgetTimer();
    this.timerAtMs = atMs;
    const wait = Math.min(Math.max(0, atMs - this.core.now()), this.core.options.lookAgainMs);
    this.timer = setTimeout(() => this.wake(), wait);
  }

  private forgetTimer(): void {
    clearTimeout(this.timer);
    this.timerAtMs = Number.POSITIVE_INFINITY;
  }

  private wake(): void {
    this.timerAtMs = Number.POSITIVE_INFINITY;
    if (this.moving) return;
    try {
      this.runSome(this.core.now());
    } finally {
      this.wakeFor(this.queueOf(null).nextAtMs());
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
