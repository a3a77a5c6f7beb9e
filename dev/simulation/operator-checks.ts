import { and, eq, ne } from "drizzle-orm";
import {
  accounts,
  allowances,
  attentionItems,
  currentGrants,
  subscriptionItems,
  unreadableReason,
} from "../../db/schema";
import { findPlanReversals } from "../../lib/billing/allowances/returns/rows";
import { takenBy } from "../../lib/billing/returns/moves";
import { getBalance } from "../../lib/ledger/queries";
import { idOf } from "../stripe/ids";
import { isLive } from "./at-stripe";
import { saysSo } from "./operator/dashboard";
import { planItemOf } from "./operator/edit";
import type { Person } from "./person";
import type { World } from "./world";
import { worthOf } from "./worth";

/**
 * What must be true of an account to which an operator did anything at all, once what Stripe says was read: it gets what its
 * paid lines pay for, owes nothing that it was not asked for, is never Free by mistake, and whatever is odd is told.
 */
export async function findMisjudged(world: World, person: Person): Promise<readonly string[]> {
  const scene = await read(world, person);
  return [
    ...givesWhatWasPaidFor(scene),
    ...(await owesNothingPaid(scene)),
    ...isShownItsPlan(scene),
    ...tellsWhatIsOdd(scene),
    ...trialsAreOnce(scene),
    ...writtenOffOnce(scene),
    ...grantsAreAllowances(scene),
  ];
}

type Scene = Awaited<ReturnType<typeof read>>;

async function read(world: World, person: Person) {
  const { db, simulator, dashboard } = world;
  const { accountId } = person;
  const [[account], given, grants, attention, items] = await Promise.all([
    db.select().from(accounts).where(eq(accounts.id, accountId)),
    db.select().from(allowances).where(eq(allowances.accountId, accountId)),
    db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId)),
    db
      .select()
      .from(attentionItems)
      .where(and(eq(attentionItems.accountId, accountId), ne(attentionItems.state, "resolved"))),
    db.select().from(subscriptionItems).where(eq(subscriptionItems.accountId, accountId)),
  ]);
  if (!account) throw new Error(`account ${accountId} exists`);
  const isIts = (customer: Parameters<typeof idOf>[0]) =>
    dashboard.accountOf.get(idOf(customer) ?? "") === accountId;
  const { store } = simulator;
  const subscriptions = store.list("subscription").filter((each) => isIts(each.customer));
  const invoices = store.list("invoice").filter((each) => isIts(each.customer));
  const isDeleted = subscriptions.some(({ customer }) => !store.get("customer", idOf(customer) ?? ""));
  return { world, person, account, given, grants, attention, items, subscriptions, invoices, isDeleted };
}

/** I19, and with it every loop of changes: what was given for paid lines is what they pay for. */
function givesWhatWasPaidFor({ world, person, account, given, invoices, isDeleted }: Scene): string[] {
  const { store } = world.simulator;
  const isClear = invoices.every((each) =>
    each.lines.data.every((line) =>
      saysSo(store, world.dashboard, line.pricing?.price_details?.price ?? null),
    ),
  );
  const worth = worthOf(store, world.dashboard, person.accountId, world.now());
  if (worth.credits === null) return [];
  const sum = given
    .filter(({ origin, payment }) => origin === "line" || (origin === "provisional" && payment === "paid"))
    .reduce((all, { credits }) => all + Number(credits), 0);
  const net = sum - Number(account.overgivenCredits);
  const { most, least } = worth.credits;
  const over = net > most ? net - most : Math.min(0, net - least);
  // Nobody reads the invoices of a customer who is no more; and what cannot be read is not all given.
  const isShort = over < -worth.tolerance && isClear && !isDeleted;
  if (!isShort && over <= worth.tolerance) return [];
  if (over > worth.tolerance && !isClear) return [];
  return [
    `was given ${sum} for paid lines, ${account.overgivenCredits} of it too much, and they pay for ` +
      `${Math.round(least)} to ${Math.round(most)}: ${Math.round(over)} ${over > 0 ? "too many" : "missing"} (I19)`,
  ];
}

const DEBT_REASONS: readonly (string | null)[] = ["unpaid", "superseded"];

/**
 * I20 and I14: debt is of invoices that are asked for, of renewals that never came, of what was captured beyond the balance, and
 * of credits that were used before the money for them went back.
 */
async function owesNothingPaid({ world, person, given, invoices }: Scene): Promise<string[]> {
  const wrongs = given.flatMap(({ closed, debtCredits, invoiceId, regrantId, source }) => {
    if (!DEBT_REASONS.includes(closed) || (debtCredits ?? 0n) === 0n || regrantId) return [];
    const status = invoices.find(({ id }) => id === invoiceId)?.status;
    return status === "open" || status === "uncollectible"
      ? []
      : [`owes ${debtCredits} of ${source}, whose invoice is ${status} (I20)`];
  });
  const isAsked = invoices.some(({ status }) => status === "open" || status === "uncollectible");
  const neverCame = given.some(({ closed }) => closed === "never_renewed");
  if (isAsked || neverCame || person.owed > 0n) return wrongs;
  const { owed } = await getBalance(world.db, person.accountId);
  const { used } = takenBy(await findPlanReversals(world.db, person.accountId));
  return owed > used
    ? [
        ...wrongs,
        `owes ${owed}, ${used} of it for money that went back, and every invoice is paid or void (I20)`,
      ]
    : wrongs;
}

/** I21: whose plan lives at Stripe is not Free, and who has none is not shown one. */
function isShownItsPlan({ world, account, items, subscriptions }: Scene): string[] {
  const live = subscriptions.filter((each) => isLive(each) && !isOver(world, each));
  const plans = live.filter((each) => {
    const item = planItemOf(world, each);
    if (!item) return false;
    // What says nothing, and never said anything while it was read, is nobody's to know.
    const isKnown = items.some(({ id }) => id === item.id);
    return saysSo(world.simulator.store, world.dashboard, item.price) || isKnown;
  });
  const isFree = account.plan === "free" && account.planStatus !== "pending";
  const said = plans.map(({ id, status }) => `${id} ${status}`).join(", ");
  if (plans.length > 0 && isFree && plans.some(isBegun)) return [`is Free, and subscribes: ${said} (I21)`];
  if (live.length === 0 && account.plan !== "free")
    return [`is ${account.plan} ${account.planStatus}, and nothing is subscribed to`];
  return [];
}

/** What ends with its period ends with the running one, whatever `cancel_at` said of an earlier. */
const isOver = (world: World, { cancel_at, cancel_at_period_end }: Scene["subscriptions"][number]): boolean =>
  cancel_at !== null && !cancel_at_period_end && cancel_at * 1_000 <= world.now().getTime();
const isBegun = ({ status }: Scene["subscriptions"][number]): boolean => status !== "incomplete";

/** I23: what cannot be read, or is twice, has an attention item; and none is left of what is right. */
function tellsWhatIsOdd({ world, attention, items, subscriptions }: Scene): string[] {
  const live = subscriptions.filter((each) => isLive(each) && isBegun(each) && !isOver(world, each));
  const wrongs: string[] = [];
  let unreadable = 0;
  for (const each of live) {
    const item = planItemOf(world, each);
    if (!item || saysSo(world.simulator.store, world.dashboard, item.price)) continue;
    unreadable += 1;
    const isKnown = items.some(({ id }) => id === item.id);
    if (isKnown && !attention.some(({ objectId }) => objectId === item.id))
      wrongs.push(`${item.id} cannot be read, and nobody is told (I23)`);
  }
  const isTold = (reason: string) => attention.some((each) => each.reason === reason);
  const plans = live.filter((each) => planItemOf(world, each));
  if (plans.length > 1 && unreadable === 0 && !isTold("two_live_subscriptions"))
    wrongs.push(`has ${plans.length} live subscriptions, and nobody is told (I23)`);
  if (plans.length < 2 && isTold("two_live_subscriptions"))
    wrongs.push(`is said to have two live subscriptions and has ${plans.length} (I23)`);
  for (const { reason, objectId } of attention) {
    const item = live.flatMap((each) => each.items.data).find(({ id }) => id === objectId);
    const isItem = UNREADABLE.includes(reason) && objectId.startsWith("si_");
    if (isItem && (!item || saysSo(world.simulator.store, world.dashboard, item.price)))
      wrongs.push(`${objectId} can be read, or is over, and is still said to be unreadable (I23)`);
  }
  return wrongs;
}

const UNREADABLE: readonly string[] = ["price_unreadable", ...unreadableReason.enumValues];

/** A trial gives its share once an account, but for whoever paid for the subscription since. */
function trialsAreOnce({ given }: Scene): string[] {
  const trials = given.filter(({ origin, credits }) => origin === "trial" && credits > 0n);
  const unpaid = trials.filter(
    ({ subscriptionId, openedAt }) =>
      !given.some(
        (each) =>
          each.subscriptionId === subscriptionId &&
          each.origin === "line" &&
          each.credits > 0n &&
          each.openedAt <= openedAt,
      ),
  );
  return unpaid.length > 1 ? [`was given ${unpaid.length} trials without paying`] : [];
}

/** Of what was voided, or never asked for, something may have been spent: after each payment once, and never again after a void. */
function writtenOffOnce({ given, grants, invoices }: Scene): string[] {
  const isSpent = (grantId: string | null) =>
    (grants.find(({ id }) => id === grantId)?.spentCredits ?? 0n) > 0n;
  const off = given.filter(
    ({ closed, payment, grantId }) =>
      payment !== "paid" && (closed === "voided" || closed === "never_invoiced") && isSpent(grantId),
  );
  const paid = invoices.filter(({ status, total }) => status === "paid" && total > 0);
  const voided = off.filter(({ closed }) => closed === "voided");
  return [
    ...(off.length > paid.length
      ? [`${off.length} allowances were written off, after ${paid.length} payments`]
      : []),
    ...(voided.length > 1
      ? [`${voided.length} allowances were spent from and voided: trust was given twice`]
      : []),
  ];
}

/** No grant of a plan without an allowance, and none is given again for more than it was. */
function grantsAreAllowances({ given, grants }: Scene): string[] {
  const known = new Set(given.flatMap(({ grantId, regrantId }) => [grantId, regrantId]));
  const strays = grants.filter(({ id, kind }) => kind === "plan" && !known.has(id));
  const more = given.filter(({ regrantId, credits }) => {
    const again = grants.find(({ id }) => id === regrantId);
    return again && again.credits > credits;
  });
  return [
    ...strays.map(({ source }) => `${source} is a plan's grant without an allowance`),
    ...more.map(({ source }) => `${source} was given again for more than it was`),
  ];
}
