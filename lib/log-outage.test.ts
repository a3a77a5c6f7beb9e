import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DatabaseBusy } from "../db/transact";
import { createLogger, wasLogged } from "./log";
import { whileDoing } from "./requests/context";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function linesOf(): { log: ReturnType<typeof createLogger>; lines: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  const log = createLogger("info", { write: (line: string) => void lines.push(line) });
  return { log, lines: () => lines.map((line) => JSON.parse(line)) };
}

describe("while the database is away", () => {
  it("the first line of a kind is written, and how many more there were, none lost", () => {
    const { log, lines } = linesOf();
    const errors = Array.from({ length: 500 }, () => new DatabaseBusy("away"));
    errors.forEach((err, at) => {
      whileDoing({ requestId: `r${at}` }, () =>
        log.warn({ err, route: "/a", path: `/${at}` }, "a request failed"),
      );
    });
    log.warn({ err: new DatabaseBusy("away"), route: "/b" }, "a request failed");
    log.error({ err: new DatabaseBusy("away"), task: "fold_usage" }, "a job failed");
    expect(lines()).toMatchObject([
      { level: 40, route: "/a", path: "/0", requestId: "r0" },
      { level: 40, route: "/b" },
      { level: 50, task: "fold_usage" },
    ]);
    vi.advanceTimersByTime(10_000);
    const [, , , repeated, ...others] = lines();
    expect(others).toEqual([]);
    expect(repeated).toMatchObject({
      level: 40,
      route: "/a",
      repeated: 499,
      msg: "a request failed (repeated)",
    });
    expect(repeated).not.toHaveProperty("path");
    expect(repeated).not.toHaveProperty("requestId");
    expect(errors.every(wasLogged)).toBe(true);
    log.warn({ err: new DatabaseBusy("away"), route: "/a" }, "a request failed");
    expect(lines()).toHaveLength(5);
  });

  it("no other line is held back", () => {
    const { log, lines } = linesOf();
    for (let time = 0; time < 3; time += 1) {
      log.error({ err: new Error("a fault") }, "an action failed");
      log.error({ accountId: "a" }, "needs attention");
    }
    expect(lines()).toHaveLength(6);
  });
});
