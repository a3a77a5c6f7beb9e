import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ROOT } from "./build";

/** A program that builds with something that never ends, and what it does about a signal itself. */
const builderOf = (file: string, onSignal: string) => `
  import { runToItsEnd } from ${JSON.stringify(join(ROOT, "dev/build.ts"))};
  ${onSignal}
  const endless = 'setInterval(() => require("node:fs").appendFileSync(process.argv[1], "."), 20)';
  await runToItsEnd(process.execPath, ["-e", endless, ${JSON.stringify(file)}], ".").catch(({ message }) => {
    console.log(message);
  });
`;

it.each([
  ["nobody else listens", "", { code: null, signal: "SIGTERM", said: "" }],
  [
    "somebody else does",
    "process.once('SIGTERM', () => {});",
    { code: 0, signal: null, said: "interrupted\n" },
  ],
  ["somebody else ends it at once", "process.once('SIGTERM', () => process.exit(7));", { code: 7, said: "" }],
])("a build ends with the process that began it, where %s", async (_, onSignal, ended) => {
  const folder = mkdtempSync(join(tmpdir(), "refill-build-"));
  const file = join(folder, "written");
  const options = ["--import", "tsx", "--input-type=module", "-e", builderOf(file, onSignal)];
  const builder = spawn(process.execPath, options, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  try {
    let said = "";
    builder.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const end = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      builder.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const written = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    await expect.poll(written, { timeout: 20_000 }).toBeGreaterThan(0);
    builder.kill("SIGTERM");
    expect({ ...(await end), said }).toMatchObject(ended);
    const atTheEnd = written();
    await sleep(300);
    expect(written()).toBeLessThanOrEqual(atTheEnd + 1);
  } finally {
    builder.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true }); // What is still written into it fails.
  }
});
