import { and, eq, sql } from "drizzle-orm";
import { runOnce, Logger as WorkerLogger } from "graphile-worker";
import { accounts, attempts, memberships, paymentMethods, stripeEvents, users } from "../db/schema";
import { transact } from "../db/transact";
import { hashPassword } from "../lib/auth/passwords";
import { syncPaymentMethods } from "../lib/billing/cards/sync";
import { confirmOrder } from "../lib/billing/orders/confirm";
import { placeOrder } from "../lib/billing/orders/place";
import { settleReturns } from "../lib/billing/orders/returns/settle";
import { settleOrder } from "../lib/billing/orders/settle";
import type { ActDeps } from "../lib/desk/acts/act";
import { performAct } from "../lib/desk/acts/perform";
import { previewAct } from "../lib/desk/acts/run-act";
import { newId } from "../lib/ids";
import { reportTasks } from "../lib/jobs/report-tasks";
import { tasks } from "../lib/jobs/tasks";
import { credits } from "../lib/money/credits";
import { createStripeRecords } from "../lib/stripe/records";
import { DEMO_PASSWORD, type DemoSubscriber } from "./seed-accounts";
import type { SeedDeps } from "./seed-deps";
import { noMail } from "./testing/mail";

/** Whose orders, payments and disputes wait for an operator. */
export const TROUBLED: DemoSubscriber = {
  name: "Troubled Textiles",
  plan: "starter",
  day: 7,
  used: 3_120_400n,
  subscription: { card: "pm_card_visa", state: "renews" },
  people: [{ email: "troubled@example.com", name: "Tara Troubled", role: "owner" }],
};

/** Agrees to what `operator@example.com` asks for, or not. */
export const SECOND_OPERATOR = "second@example.com";

type DeskDeps = SeedDeps & {
  /** Of the Stripe simulator. */
  readonly simulatorUrl: string;
  /** The database's, as the application's role: where the worker connects. */
  readonly databaseUrl: string;
};
type Someone = { readonly accountId: string; readonly userId: string; readonly customerId: string };

/**
 * Gives queues of the desk something that waits: a parked order, a dispute whose evidence is due, attention items, a parked
 * event, a job that failed and an act that a second operator has to agree to. Once: where the second operator is there, nothing is done.
 */
export async function seedDesk(deps: DeskDeps): Promise<void> {
  const there = await deps.db.$count(users, eq(users.email, SECOND_OPERATOR));
  if (there > 0) return;
  const who = await findPerson(deps, TROUBLED.people[0]?.email ?? "");
  await disputeAPurchase(deps, who, await parkAnOrder(deps, who));
  await returnAnUnknownPayment(deps, who);
  await parkAnEvent(deps);
  await failAJob(deps);
  await addSecondOperator(deps);
  await askForSecond(deps, who);
}

async function findPerson({ db }: SeedDeps, email: string): Promise<Someone> {
  const [row] = await db
    .select({ userId: users.id, accountId: accounts.id, customerId: accounts.stripeCustomerId })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(accounts, eq(accounts.id, memberships.accountId))
    .where(eq(users.email, email));
  if (!row?.customerId) throw new Error(`${email} is no customer of the demo`);
  return { ...row, customerId: row.customerId };
}

async function place(deps: DeskDeps, { accountId, userId }: Someone, bundleId: string): Promise<string> {
  const choice = { kind: "bundle", bundleId } as const;
  const placed = await placeOrder(deps, { accountId, userId, requestId: newId(), choice });
  if (!placed.ok) throw new Error(`the demo's order could not be placed: ${placed.error.code}`);
  return placed.value.orderId;
}

const confirm = async (deps: DeskDeps, { accountId }: Someone, orderId: string, card: string) => {
  const asked = { accountId, orderId, paymentMethodId: card, expiryAcknowledged: true };
  const confirmed = await confirmOrder(deps, asked);
  if (!confirmed.ok) throw new Error(`the demo's order could not be confirmed: ${confirmed.error.code}`);
  return confirmed.value.status;
};

/** An order whose card was declined, and whose payment somebody changed and took at Stripe. Returns the card that pays. */
async function parkAnOrder(deps: DeskDeps, who: Someone): Promise<string> {
  const { accountId, customerId } = who;
  const [card] = await deps.db.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  if (!card) throw new Error("the demo's customer has a card");
  const declines = await deps.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
    customer: customerId,
  });
  await syncPaymentMethods(deps, { accountId, customerId });
  const orderId = await place(deps, who, "usd100");
  await confirm(deps, who, orderId, declines.id);
  await deps.stripe.paymentMethods.detach(declines.id);
  await syncPaymentMethods(deps, { accountId, customerId });
  const id = await paymentOf(deps, accountId, orderId);
  await deps.stripe.paymentIntents.update(id, { amount: 9_000 });
  await deps.stripe.paymentIntents.confirm(id, { payment_method: card.id, return_url: deps.appUrl });
  await settleOrder(deps, { accountId, orderId });
  return card.id;
}

async function paymentOf({ db }: DeskDeps, accountId: string, orderId: string): Promise<string> {
  const [attempt] = await db
    .select({ payment: attempts.paymentIntentId })
    .from(attempts)
    .where(and(eq(attempts.accountId, accountId), eq(attempts.orderId, orderId)));
  if (!attempt?.payment) throw new Error("the demo's order was not tried to pay");
  return attempt.payment;
}

/** A purchase that the payer's bank wants back. */
async function disputeAPurchase(deps: DeskDeps, who: Someone, card: string): Promise<void> {
  const { accountId } = who;
  const orderId = await place(deps, who, "usd500");
  await confirm(deps, who, orderId, card);
  const paymentIntentId = await paymentOf(deps, accountId, orderId);
  const { latest_charge: charge } = await deps.stripe.paymentIntents.retrieve(paymentIntentId);
  const answer = await fetch(`${deps.simulatorUrl}/_sim/charges/${charge}/dispute`, { method: "POST" });
  if (!answer.ok) throw new Error(`the demo's purchase could not be disputed: ${await answer.text()}`);
  await settleReturns(deps, { paymentIntentId });
}

/** Taken and paid back in the dashboard, for nothing that is known here. */
async function returnAnUnknownPayment(deps: DeskDeps, { customerId }: Someone): Promise<void> {
  const { id } = await deps.stripe.paymentIntents.create({
    ...{ amount: 4_200, currency: "usd", customer: customerId, confirm: true, off_session: true },
    payment_method: await cardOf(deps, customerId),
  });
  await deps.stripe.refunds.create({ payment_intent: id, amount: 1_200 });
  await settleReturns(deps, { paymentIntentId: id });
}

async function cardOf({ stripe }: DeskDeps, customer: string): Promise<string> {
  const [card] = (await stripe.paymentMethods.list({ customer })).data;
  if (!card) throw new Error("the demo's customer has a card");
  return card.id;
}

/** An event that could not be handled: written as it would be after three days of trying. */
async function parkAnEvent({ owner }: DeskDeps): Promise<void> {
  const id = `evt_${newId().replaceAll("-", "")}`;
  const object = { id: "prod_demo", object: "product", name: "Something else" };
  await owner.insert(stripeEvents).values({
    id,
    type: "product.created",
    payload: { id, object: "event", type: "product.created", data: { object } },
    createdAt: new Date(),
    receivedAt: new Date(),
    parkedReason: "20 tries: Stripe could not be asked",
    tries: 20,
  });
}

/** A job of a shape that no build reads, done by the worker's own task: it fails, and is given up after its one try. */
async function failAJob(deps: DeskDeps): Promise<void> {
  await deps.db.execute(sql`
    select graphile_worker.add_job(
      'mail_password_reset'::text, json_build_object('email', ${TROUBLED.people[0]?.email ?? ""}::text),
      job_key := 'reset:demo'::text, max_attempts := 1
    )`);
  const records = createStripeRecords(deps.stripe);
  const { mail_password_reset } = tasks({ ...deps, ...noMail, seller: null, records, log: SILENT });
  await runOnce({
    connectionString: deps.databaseUrl,
    taskList: reportTasks({ mail_password_reset }, SILENT, { ended: () => {} }),
    noHandleSignals: true,
    logger: new WorkerLogger(() => () => {}),
  });
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function addSecondOperator({ db }: DeskDeps): Promise<void> {
  const first = await findOperator({ db });
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  await transact(db, async (tx) => {
    const userId = newId();
    const person = { id: userId, email: SECOND_OPERATOR, name: "Otto Operator", isOperator: true };
    await tx.insert(users).values({ ...person, passwordHash });
    await tx.insert(memberships).values({ accountId: first.accountId, userId, role: "member" });
  });
}

async function findOperator({ db }: Pick<DeskDeps, "db">) {
  const [row] = await db
    .select({ userId: users.id, accountId: memberships.accountId })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .where(eq(users.email, "operator@example.com"));
  if (!row) throw new Error("the demo has an operator");
  return row;
}

/** Whatever the settings say: from the first credit on a second operator has to agree to this one. */
async function askForSecond(deps: DeskDeps, { accountId }: Someone): Promise<void> {
  const { userId: operatorId } = await findOperator(deps);
  const acting: ActDeps = { ...deps, seller: null, approvals: { credits: credits(1n), cents: null } };
  const fields = { credits: "5000000", kind: "promotional", until: "" };
  const request = { kind: "grant", accountId, fields } as const;
  const seen = await previewAct(acting, request, operatorId);
  if (!seen.ok) throw new Error(`the demo's act could not be previewed: ${seen.error.code}`);
  const reason = "For the trouble with their payments, as agreed on the phone";
  await performAct(acting, { request, operatorId, reason, basis: seen.value.basis });
}
