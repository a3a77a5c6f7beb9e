import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./build";

const foldersOf = (name: string, pid: number | undefined) =>
  readdirSync(join(ROOT, ".data")).filter((each) => each.startsWith(`${name}-${pid}`));

/** What lives on a database of its own, by the folder that it has; when it is told to stop, and what it says in the end. */
const YEAR = {
  args: ["dev/simulation/run.ts", "--accounts", "3", "--days", "360", "--seed", "5"],
  folder: "year",
  isTime: (_: number | undefined, said: string) => /^days: [1-9]/m.test(said),
  ends: /Stopped\. What was said to play it again begins at its first day\.\n$/,
};
const FAULTS = {
  args: ["dev/faults/run.ts", "--histories", "600", "--lanes", "1", "--seed", "2"],
  folder: "faults",
  isTime: (pid: number | undefined) => foldersOf("faults", pid).length > 0,
  ends: /Stopped\. A wave that broke is played again by its seed\.\n$/,
};

it.each([
  ["a year", "in the middle of a day", YEAR],
  ["histories under faults", "while their database starts", FAULTS],
])(
  "%s, told to stop %s, and told again, leaves nothing of its database",
  { timeout: 120_000 },
  async (_, __, what) => {
    const [script = "", ...options] = what.args;
    const program = spawn(process.execPath, ["--import", "tsx", join(ROOT, script), ...options], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let said = "";
      for (const stream of [program.stdout, program.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          said += text;
        });
      const ended = new Promise<number | null>((resolve) => void program.once("close", resolve));
      await expect.poll(() => what.isTime(program.pid, said), { timeout: 90_000 }).toBe(true);
      program.kill("SIGTERM");
      await expect.poll(() => said).toMatch(/Stopped\./);
      program.kill("SIGTERM");
      expect(await ended).toBe(143);
      expect(said).toMatch(what.ends);
      expect(foldersOf(what.folder, program.pid)).toEqual([]);
    } finally {
      program.kill("SIGKILL");
    }
  },
);
