/** What the tests know of the running stack; `run.ts` starts it and tells them. */
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

const VARIABLE = "E2E_FACTS";

export const tellFacts = (facts: Facts): Record<string, string> => ({ [VARIABLE]: JSON.stringify(facts) });

/** Null when nobody started a stack: tools that only list the tests read the settings too. */
export function findFacts(): Facts | null {
  const told = process.env[VARIABLE];
  return told ? (JSON.parse(told) as Facts) : null;
}

export function readFacts(): Facts {
  const facts = findFacts();
  if (!facts) throw new Error("Nothing runs to test against: start the tests with `npm run test:browser`.");
  return facts;
}
