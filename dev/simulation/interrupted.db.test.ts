import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../build";

const foldersOf = (pid: number | undefined) =>
  readdirSync(join(ROOT, ".data")).filter((name) => name.startsWith(`year-${pid}-`));

it.each([
  ["while its database starts", "begins"],
  ["in the middle of a day", "lives"],
])("a year that is stopped %s leaves nothing of its database", async (_, when) => {
  const script = join(ROOT, "dev/simulation/run.ts");
  const options = ["--accounts", "3", "--days", "360", "--seed", "5"];
  const year = spawn(process.execPath, ["--import", "tsx", script, ...options], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    let said = "";
    for (const stream of [year.stdout, year.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    const ended = new Promise<number | null>((resolve) => void year.once("close", resolve));
    const isThere = () => (when === "begins" ? foldersOf(year.pid).length > 0 : /^days: [1-9]/m.test(said));
    await expect.poll(isThere, { timeout: 40_000 }).toBe(true);
    year.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(said).toMatch(/Stopped\. What was said to play it again begins at its first day\.\n$/);
    expect(foldersOf(year.pid)).toEqual([]);
  } finally {
    year.kill("SIGKILL");
  }
});
