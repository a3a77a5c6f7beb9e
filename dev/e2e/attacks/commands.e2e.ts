import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../build";
import { DEMO_CATALOG } from "../../catalog";
import { compiled } from "../../testing/compiled";
import { expect, test, type World } from "../test";
import { listCommands } from "./inventory";
import { shareOf } from "./share";

// What must hold of every command an operator runs: it says what is wrong in a sentence, and changes nothing.

/** Commands without words of their own: they do one thing, and are never given anything. */
const WITHOUT_WORDS = ["db:migrate", "db:distribute", "worker"];

const WRONG_WORDS = [["--unknown"], ["\u202e"], ["__proto__"], ["--email", "x".repeat(9_000)]];
/** So many of them to a command: it begins a process for each. */
const SHARE = 2;

for (const [number, { name, file }] of listCommands().entries()) {
  test(`npm run ${name}: a wrong environment or wrong words end in a sentence and a code that says so`, async ({
    world,
  }) => {
    test.slow(); // It begins several processes.
    const program = await compiled(file);
    const without = await run(program, [], {});
    expect([1, 2], without.text).toContain(without.code);
    expect(without.text).not.toMatch(/^\s+at /m);
    expect(without.text.trim()).not.toBe("");
    if (WITHOUT_WORDS.includes(name)) return;
    for (const words of shareOf(WRONG_WORDS, number, SHARE)) {
      const told = await run(program, words, environmentOf(world));
      expect([1, 2], `${words[0]}: ${told.text}`).toContain(told.code);
      expect(told.text, `${words[0]}`).not.toMatch(/^\s+at /m);
      // It is the words that were refused, by its usage or for what they say, and nothing that comes before them.
      expect(told.text, `${words[0]}`).toMatch(new RegExp(`npm run ${name}|This is not an e-mail address`));
    }
  });
}

test("a command is the same as npm starts it, and as these tests do", async ({ world }) => {
  const [asTested, tsx] = [await compiled("lib/desk/commands/events-main.ts"), import.meta.resolve("tsx")];
  const [words, variables] = [["list"], environmentOf(world)];
  expect(
    await run("--import", [tsx, join(ROOT, "lib/desk/commands/events-main.ts"), ...words], variables),
  ).toEqual(await run(asTested, words, variables));
});

const environmentOf = ({ facts }: World): Record<string, string> => ({
  APP_URL: facts.url,
  DATABASE_URL: facts.appDatabaseUrl,
  AUTH_SECRET: facts.authSecret,
  STRIPE_SECRET_KEY: "sk_test_demo",
  STRIPE_WEBHOOK_SECRET: facts.webhookSecret,
  STRIPE_API_BASE: facts.simulatorUrl,
  CATALOG_FILE: DEMO_CATALOG,
  CUSTOMER_PASSWORD: "of nobody who is made here",
});

/** Away from the project's folder, whose `.env` would be read. */
function run(
  program: string,
  words: string[],
  variables: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: "test",
    ...variables,
  } as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [program, ...words], {
    cwd: tmpdir(),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}
