import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { compiled } from "../../dev/testing/compiled";

it("says how it is used, with the catalog's plans, before anything is set up", async () => {
  const env = { PATH: process.env.PATH, NODE_ENV: "test" } as NodeJS.ProcessEnv;
  const program = await compiled("lib/auth/main.ts");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, "--help"], { env });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/npm run customer[\s\S]*--plan/);
}, 30_000);
