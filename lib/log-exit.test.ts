import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

/** Logs many lines, counts an outage's, and ends in the given way. */
const script = (end: string) => `
import { createLogger } from "./lib/log.ts";
import { DatabaseBusy } from "./db/transact.ts";
const log = createLogger("info");
for (let at = 0; at < 3_000; at += 1) log.info({ at, filler: "x".repeat(500) }, "a line");
for (let at = 0; at < 5; at += 1) log.warn({ err: new DatabaseBusy("away") }, "a request failed");
${end}`;

const run = (end: string) =>
  new Promise<Record<string, unknown>[]>((resolve) => {
    const given = ["--import", "tsx", "--input-type=module", "-e", script(end)];
    execFile(process.execPath, given, { maxBuffer: 16 * 1024 * 1024 }, (_, stdout) =>
      resolve(
        stdout
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      ),
    );
  });

describe("a process that ends", () => {
  it.each([
    ["at once", "process.exit(1);"],
    ["by an error that nobody caught", 'throw new Error("fatal");'],
  ])("%s has written every line, and how many it held back", { timeout: 60_000 }, async (_, end) => {
    const lines = await run(end);
    expect(lines.filter(({ msg }) => msg === "a line")).toHaveLength(3_000);
    expect(lines.filter(({ msg }) => String(msg).startsWith("a request failed"))).toMatchObject([
      { level: 40 },
      { level: 40, repeated: 4 },
    ]);
  });
});
