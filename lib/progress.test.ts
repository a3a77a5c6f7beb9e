import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { showProgress } from "./progress";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => void written.push(text) };
}
const CLEAR = "\r\u001b[2K";
/** Ends at the line's beginning, so that what somebody else writes is written over it. */
const line = (text: string) => `${CLEAR}${text}\r`;

describe("progress on a terminal", () => {
  it("is one line that is written over: done, share, rate and what is left", () => {
    const to = screen(true);
    const progress = showProgress(to);
    progress.step("accounts", 10_000);
    vi.advanceTimersByTime(15_000);
    progress.at(1_240);
    vi.advanceTimersByTime(110);
    expect(to.written[0]).toBe(line("accounts: 0 of 10,000 (0 %)"));
    expect(to.written.at(-1)).toBe(line("accounts: 1,240 of 10,000 (12 %), 82 a second, 1 min 47 s left"));
    expect(to.written.join("")).not.toContain("\n");
    progress.end();
    const count = to.written.length;
    expect(to.written.at(-1)).toBe(CLEAR);
    vi.advanceTimersByTime(60_000);
    expect(to.written).toHaveLength(count);
  });

  it("gives way to what else is written, and comes again below it", () => {
    const to = screen(true);
    const progress = showProgress(to);
    progress.step("days", 3);
    progress.aside(() => to.write("one day differs\n"));
    progress.at(1);
    vi.advanceTimersByTime(200);
    expect(to.written).toEqual([
      line("days: 0 of 3 (0 %)"),
      CLEAR,
      "one day differs\n",
      line("days: 1 of 3 (33 %)"),
      ...to.written.slice(4),
    ]);
  });

  it("is drawn by work that leaves timers no turn, ten times a second at most", () => {
    const to = screen(true);
    const progress = showProgress(to);
    progress.step("histories", 1_000);
    const now = vi.spyOn(performance, "now");
    const start = performance.now();
    for (let done = 1; done <= 1_000; done += 1) {
      now.mockReturnValue(start + done);
      progress.at(done);
    }
    now.mockRestore();
    expect(to.written.length).toBeGreaterThan(8);
    expect(to.written.length).toBeLessThan(13);
    expect(to.written.at(-1)).toBe(line("histories: 1,000 of 1,000 (100 %), 1,000 a second, 1 s"));
  });

  it("says how long it takes where nobody knows how much there is", () => {
    const to = screen(true);
    const progress = showProgress(to);
    progress.step("reading invoices");
    expect(to.written.at(-1)).toBe(line("reading invoices …"));
    vi.advanceTimersByTime(7_000);
    expect(to.written.at(-1)).toBe(line("reading invoices …, 7 s"));
    progress.at(14);
    vi.advanceTimersByTime(7_000);
    expect(to.written.at(-1)).toBe(line("reading invoices: 14, 1 a second, 14 s"));
  });
});

describe("progress where nobody watches", () => {
  it("is a plain line every ten seconds, also while nothing gets done", () => {
    const to = screen(false);
    const progress = showProgress(to);
    progress.step("accounts", 300);
    vi.advanceTimersByTime(9_000);
    expect(to.written).toEqual([]);
    progress.at(10);
    vi.advanceTimersByTime(12_000);
    progress.at(20);
    vi.advanceTimersByTime(10_000);
    progress.end();
    expect(to.written).toEqual([
      "accounts: 10 of 300 (3 %), 1 a second, 4 min 50 s left\n",
      "accounts: 10 of 300 (3 %), 30 a minute, 9 min 40 s left\n",
      "accounts: 20 of 300 (6 %), 40 a minute, 7 min 0 s left\n",
    ]);
  });

  it("knows more than were counted, and none at all", () => {
    const to = screen(false);
    const progress = showProgress(to);
    progress.step("accounts", 2);
    vi.advanceTimersByTime(10_000);
    progress.at(30);
    progress.step("orders", 0);
    vi.advanceTimersByTime(10_000);
    expect(to.written).toEqual(["accounts: 0 of 2 (0 %)\n", "orders: 0 of 0\n"]);
    progress.at(3, 12);
    vi.advanceTimersByTime(10_000);
    expect(to.written.at(-1)).toBe("orders: 3 of 12 (25 %), 9 a minute, 1 min 0 s left\n");
  });
});
