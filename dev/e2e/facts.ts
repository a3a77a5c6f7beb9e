/** What the tests know of the running stack; `run.ts` starts it and tells them. */
export type Facts = {
  readonly url: string;
  readonly simulatorUrl: string;
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

export function readFacts(): Facts {
  const told = process.env[VARIABLE];
  if (!told)
    throw new Error("Nothing is running to test against: start the tests with `npm run test:browser`.");
  return JSON.parse(told) as Facts;
}
