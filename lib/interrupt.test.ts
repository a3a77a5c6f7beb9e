import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compiled } from "../dev/testing/compiled";

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the program and sends it the signals, each once the line before it was said. */
async function interrupted(
  program: string,
  signals: readonly { readonly after: string; readonly signal: NodeJS.Signals }[],
): Promise<Ended> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  let [stdout, stderr] = ["", ""];
  const left = [...signals];
  child.stdout.on("data", (data) => {
    stdout += data;
    while (left[0] && stdout.includes(left[0].after)) child.kill(left.shift()?.signal);
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

const file = async (name: string) =>
  JSON.stringify(new URL(`file://${await compiled(join("lib", name))}`).href);

describe("a command that may be cut short anywhere", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends by %s with its sentence and %i", async (signal, code) => {
    const program = `
      import { endWhenInterrupted } from ${await file("interrupt.ts")};
      endWhenInterrupted("Stopped. Run it again.");
      setInterval(() => {}, 1_000);
      console.log("working");`;
    const ended = await interrupted(program, [{ after: "working", signal }]);
    expect(ended).toEqual({ code, stdout: "working\n", stderr: "Stopped. Run it again.\n" });
  });
});

describe("a command that ends between two things", () => {
  const program = async (goesOn: boolean) => `
    import { stopWhenInterrupted } from ${await file("interrupt.ts")};
    const { isStopped, exitCode } = stopWhenInterrupted();
    console.log("one");
    const timer = setInterval(() => {
      if (!isStopped()) return;
      console.log("told");
      if (${goesOn}) return;
      clearInterval(timer);
      process.exitCode = exitCode();
    }, 50);`;

  it("finishes what it began, whoever passed the same Ctrl-C on to it as well", async () => {
    const ended = await interrupted(await program(false), [
      { after: "one", signal: "SIGINT" },
      { after: "one", signal: "SIGINT" },
    ]);
    expect(ended).toEqual({
      code: 130,
      stdout: "one\ntold\n",
      stderr: "Stopping: what was begun is finished first.\n",
    });
  });

  it("ends at once when it is told again a second later", async () => {
    // Told twenty times, fifty milliseconds apart: a second and more.
    const ended = await interrupted(await program(true), [
      { after: "one", signal: "SIGTERM" },
      { after: "told\n".repeat(25), signal: "SIGTERM" },
    ]);
    expect(ended.code).toBe(143);
    expect(ended.stderr).toBe("Stopping: what was begun is finished first.\n");
  });
});
