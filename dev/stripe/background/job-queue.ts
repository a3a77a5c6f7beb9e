import type { JobRow } from "../tables";

/** Jobs by their instant; those of one instant in the order they were made. */
export class JobQueue {
  /** The next one last, where taking it costs nothing. */
  private readonly jobs: JobRow[] = [];

  add(job: JobRow): void {
    let [low, high] = [0, this.jobs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.atMsOf(middle) > job.atMs) low = middle + 1;
      else high = middle;
    }
    this.jobs.splice(low, 0, job);
  }

  nextAtMs(): number {
    return this.jobs.length === 0 ? Number.POSITIVE_INFINITY : this.atMsOf(this.jobs.length - 1);
  }

  /** Takes the next job out, unless it is later than `untilMs`. */
  takeDue(untilMs: number): JobRow | undefined {
    return this.nextAtMs() <= untilMs ? this.jobs.pop() : undefined;
  }

  private atMsOf(index: number): number {
    return this.jobs[index]?.atMs ?? Number.POSITIVE_INFINITY;
  }
}
