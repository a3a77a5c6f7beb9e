import type { Stack } from "../stack";

/** What a test knows of the stack it runs against; `run.ts` starts one for each of Playwright's workers and tells them. */
export type Facts = {
  readonly url: string;
  readonly simulatorUrl: string;
  /** A page with the mail that was sent. */
  readonly inboxUrl: string;
  readonly appDatabaseUrl: string;
  readonly ownerUrl: string;
  readonly authSecret: string;
  readonly webhookSecret: string;
  readonly browser: string;
  /** A checker of Stripe's contract listens in: a connection cut off on purpose would count as a violation. */
  readonly checked: boolean;
};

/** What a running stack is known by; without a browser, for what has none. */
export const factsOf = (stack: Stack, browser = "", checked = false): Facts => ({
  url: stack.url,
  simulatorUrl: stack.simulator.url,
  inboxUrl: stack.inbox.url,
  appDatabaseUrl: stack.appDatabaseUrl,
  ownerUrl: stack.ownerUrl,
  authSecret: stack.variables.AUTH_SECRET ?? "",
  webhookSecret: stack.webhookSecret,
  browser,
  checked,
});

const VARIABLE = "E2E_FACTS";

export const tellFacts = (all: readonly Facts[]): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(all),
});

/** Of every stack; empty when nobody started any: tools that only list the tests read the settings too. */
export const findAllFacts = (): readonly Facts[] => JSON.parse(process.env[VARIABLE] ?? "[]") as Facts[];

/** Of the stack that is this worker's own, or null when nobody started one. */
export const findFacts = (): Facts | null =>
  findAllFacts()[Number(process.env.TEST_PARALLEL_INDEX ?? 0)] ?? null;

export function readFacts(): Facts {
  const facts = findFacts();
  if (!facts) throw new Error("Nothing runs to test against: start the tests with `npm run test:browser`.");
  return facts;
}
