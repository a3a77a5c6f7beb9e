import { eq } from "drizzle-orm";
import { connect } from "../../db/client";
import { users } from "../../db/schema";
import { type SessionSubject, sealSession, sessionCookieName } from "../../lib/auth/session-token";
import { createSession } from "../../lib/auth/sessions";
import { findSessionSubject } from "../../lib/auth/subject";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../../lib/billing/deps";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { createStripe } from "../../lib/stripe/client";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { buildIfStale } from "../build";
import { freePort } from "../ports";
import { type Stack, startStack } from "../stack";
import type { Bench } from "./run";

const WHO = "starter@example.com";

export type MeasuredWeb = {
  readonly stack: Stack;
  /** Where the application answers. */
  readonly url: string;
  readonly cookie: string;
  /** The seeded Starter customer, signed in. */
  readonly customer: SessionSubject;
  /** The same services, for arranging things without the web. */
  readonly deps: BillingDeps;
};

/** The demo on free ports with a durable database and without a worker, and its Starter customer's session. */
export async function startMeasuredWeb(
  bench: Bench,
  more: Readonly<Record<string, string>> = {},
): Promise<MeasuredWeb> {
  await buildIfStale();
  bench.progress("Starting the stack …");
  const port = await freePort();
  const simulatorPort = await freePort();
  const variables = { WORKER: "separate", ...more }; // Nothing but the measured requests talks to the database.
  const dataDir = bench.dataDir("web");
  const stack = await startStack({ dataDir, port, simulatorPort, variables, realTime: true });
  bench.onEnd(() => stack.stop());
  const deps = openDeps(stack.appDatabaseUrl, stack.simulator.url, stack.url);
  bench.onEnd(() => deps.db.pool.end({ timeout: 5 }));
  const customer = await findCustomer(deps);
  const here = { address: "127.0.0.1", browser: null, system: null };
  const session = await createSession(deps.db, customer, here);
  const token = await sealSession(session, stack.variables.AUTH_SECRET ?? "");
  const cookie = `${sessionCookieName(stack.url)}=${token}`;
  return { stack, url: `http://127.0.0.1:${port}`, cookie, customer, deps };
}

/** The product's real parts, wired to this database and this simulator. */
export function openDeps(databaseUrl: string, simulatorUrl: string, appUrl: string): BillingDeps {
  const stripe = createStripe({ secretKey: "sk_test_bench", apiBase: simulatorUrl });
  const db = connect(databaseUrl, { max: 10 });
  const log = { info: () => {}, warn: console.warn, error: console.error };
  return {
    db,
    openRunningCycle: createCycleOpener(db, log),
    syncSubscription,
    gateway: createStripeGateway(stripe),
    plans: createStripePlanGateway(stripe),
    log,
    appUrl,
  };
}

async function findCustomer({ db }: BillingDeps): Promise<SessionSubject> {
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, WHO));
  const subject = user ? await findSessionSubject(db, user.id) : null;
  if (!subject) throw new Error(`${WHO} was not seeded`);
  return subject;
}
