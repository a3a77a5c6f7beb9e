import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./build";

/** What lives on a database of its own, by the folder that it has, and what it says once it is under way and in the end. */
const YEAR = {
  args: ["dev/simulation/run.ts", "--accounts", "3", "--days", "360", "--seed", "5"],
  folder: "year",
  isUnderWay: (_: number | undefined, said: string) => /^days: [1-9]/m.test(said),
  ends: /Stopped\. What was said to play it again begins at its first day\.\n$/,
};
const FAULTS = {
  args: ["dev/faults/run.ts", "--histories", "600", "--lanes", "1", "--seed", "2"],
  folder: "faults",
  /** Its lane has a database of its own beside the four that there are before. */
  isUnderWay: (pid: number | undefined) => {
    const databases = join(ROOT, ".data", `faults-${pid}`, "cluster/base");
    return existsSync(databases) && readdirSync(databases).length > 4;
  },
  ends: /Stopped\. A wave that broke is played again by its seed\.\n$/,
};

const foldersOf = (name: string, pid: number | undefined) =>
  readdirSync(join(ROOT, ".data")).filter((each) => each.startsWith(`${name}-${pid}`));

it.each([
  ["a year", "while its database starts", YEAR],
  ["a year", "in the middle of a day", YEAR],
  ["histories under faults", "while their database starts", FAULTS],
  ["histories under faults", "in the middle of one", FAULTS],
])(
  "%s, told to stop %s, and told again, leaves nothing of its database",
  { timeout: 120_000 },
  async (_, when, what) => {
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
      const isThere = () =>
        when.startsWith("while")
          ? foldersOf(what.folder, program.pid).length > 0
          : what.isUnderWay(program.pid, said);
      await expect.poll(isThere, { timeout: 90_000 }).toBe(true);
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
