import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const unknownStart = "unknown";
const claimName = /^claim-(\d+)-(\w+)-\w+$/;
const claimWaitMs = 1_500;

/** When the process started, so that a reused pid is not mistaken for it; null when it is gone or a zombie. */
export function processStart(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      // The command in parentheses may itself contain spaces and parentheses.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? unknownStart);
    }
    if (process.platform !== "win32") {
      const [state = "", ...start] = ps(pid, "-o", "state=", "-o", "lstart=").split(/\s+/);
      return state.startsWith("Z") ? null : start.join("").replace(/\W/g, "");
    }
  } catch {
    // Fall through: the process is gone, hidden from us, or ps is missing.
  }
  return pidExists(pid) ? unknownStart : null;
}

export function isStillRunning(pid: number, start: string): boolean {
  const now = processStart(pid);
  return now !== null && (now === start || now === unknownStart || start === unknownStart);
}

/** Whether the process is a Postgres server whose data directory is `cluster`. */
export function isPostgresOn(pid: number, cluster: string): boolean {
  if (processStart(pid) === null) return false;
  try {
    if (process.platform === "linux") {
      const isPostgres = readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "postgres";
      return isPostgres && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
    }
    if (process.platform === "win32") {
      const task = execFileSync("tasklist", ["/FI", `PID eq ${pid}`, "/NH"], { encoding: "utf8" });
      return task.includes("postgres.exe");
    }
    return ps(pid, "-ww", "-o", "command=").includes(cluster);
  } catch {
    return false;
  }
}

function ps(pid: number, ...args: string[]): string {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  return execFileSync("ps", [...args, "-p", String(pid)], { encoding: "utf8", env, stdio: "pipe" }).trim();
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Makes this process the only launcher on `directory`, or throws after a short wait. Returns the release.
 * Each contender writes its own file before it looks at the others', so two can never both see themselves alone,
 * and the files of dead contenders can be removed by anyone.
 */
export async function claim(directory: string): Promise<() => void> {
  const name = `claim-${process.pid}-${processStart(process.pid)}-${randomBytes(4).toString("hex")}`;
  const release = () => rmSync(join(directory, name), { force: true });
  const deadline = Date.now() + claimWaitMs;
  for (;;) {
    writeFileSync(join(directory, name), "");
    const rival = liveRival(directory, name);
    if (rival === null) return release;
    release();
    if (Date.now() > deadline) {
      const holder = rival === process.pid ? "this same process" : `process ${rival}`;
      throw new Error(
        `The Postgres in ${directory} is in use by ${holder}. Stop it first, or use another directory.`,
      );
    }
    await sleep(50 + Math.random() * 150);
  }
}

function liveRival(directory: string, own: string): number | null {
  for (const entry of readdirSync(directory)) {
    const [, pid, start] = claimName.exec(entry) ?? [];
    if (entry === own || pid === undefined || start === undefined) continue;
    if (isStillRunning(Number(pid), start)) return Number(pid);
    rmSync(join(directory, entry), { force: true });
  }
  return null;
}
