import { eq } from "drizzle-orm";
import {
  accounts,
  allowances,
  currentGrants,
  entries,
  invoices,
  orders,
  subscriptions,
} from "../../db/schema";
import { monthsAfter } from "../../lib/calendar";
import { idOf } from "../stripe/ids";
import { type AtStripe, endOf, isLive, readStripe, soldBy } from "./at-stripe";
import type { Wrong } from "./checks";
import { findNeedingAttention } from "./invariants";
import { inLanes } from "./lanes";
import { findMisjudged } from "./operator-checks";
import type { Person } from "./person";
import {
  allowancesOf,
  CREDITS_A_MONTH,
  cycleOf,
  freeMonthAt,
  freeSpansOf,
  isFreeMonth,
  nameOf,
} from "./promises";
import { findSpendingOutOfOrder } from "./spending-order";
import type { World } from "./world";

const LANES = 6;

/**
 * What must be true once everything that was late has arrived: credits promised are credits granted, invoices paid are
 * allowances given, and an account is to the second where its subscription is. An empty list is what it should return.
 */
export async function findUnkept(world: World, people: readonly Person[]): Promise<readonly Wrong[]> {
  const stripeOf = readStripe(world.simulator.store, world.dashboard.accountOf);
  const { touched } = world.dashboard;
  const wrongs: Wrong[] = (await findNeedingAttention(world.db))
    .filter(({ account_id }) => account_id === null || !touched.has(account_id))
    .map(({ account_id, ...item }) => ({ accountId: account_id, what: JSON.stringify(item) }));
  await inLanes(LANES, people, async (person) => {
    const { accountId } = person;
    const books = await readBooks(world, accountId);
    const scene = { world, person, stripe: stripeOf(accountId), books, now: world.now() };
    const isTouched = touched.has(accountId);
    const found = [
      ...(isTouched ? await findMisjudged(world, person) : leftAlone(scene)),
      ...unpaidIsOwed(scene),
      ...ordersAddUp(scene),
      ...(await findSpendingOutOfOrder(world.db, accountId)),
    ];
    wrongs.push(...found.map((what) => ({ accountId, what })));
  });
  return wrongs;
}

/** To the second and to the credit, as nobody but the customer and the bank did anything. */
const leftAlone = (scene: Scene): string[] => [
  ...isWhereStripeIs(scene),
  ...choicesAreMade(scene),
  ...allowancesAreGiven(scene),
  ...freeMonthsAreGiven(scene),
  ...frozenWhereUnpaid(scene),
  ...moneyAddsUp(scene),
  ...boughtOutlivesUpgrades(scene),
];

type Books = Awaited<ReturnType<typeof readBooks>>;
type Scene = {
  readonly world: World;
  readonly person: Person;
  readonly stripe: AtStripe;
  readonly books: Books;
  readonly now: Date;
};

async function readBooks({ db }: World, accountId: string) {
  const [[account], given, grants, moves, bought, billed, subscribed] = await Promise.all([
    db.select().from(accounts).where(eq(accounts.id, accountId)),
    db.select().from(allowances).where(eq(allowances.accountId, accountId)),
    db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId)),
    db.select().from(entries).where(eq(entries.accountId, accountId)),
    db.select().from(orders).where(eq(orders.accountId, accountId)),
    db.select().from(invoices).where(eq(invoices.accountId, accountId)),
    db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId)),
  ]);
  if (!account) throw new Error(`account ${accountId} exists`);
  return {
    account,
    given,
    grants: new Map(grants.map((each) => [each.id, each])),
    moves,
    bought,
    billed,
    subscribed,
  };
}

/** Whatever was chosen for a period's end, Stripe has it. */
const choicesAreMade = ({ books: { subscribed } }: Scene): string[] =>
  subscribed
    .filter(({ pendingChange }) => pendingChange)
    .map(({ id, pendingChange }) => `${id}: Stripe was never told to ${pendingChange} it`);

function isWhereStripeIs({ world, person, stripe, books: { account }, now }: Scene): string[] {
  const live = stripe.subscriptions.find(isLive);
  const is = (start: Date, end: Date) => `${start.toISOString()} – ${end.toISOString()}`;
  if (!live) {
    const ends = stripe.subscriptions.map(endOf).filter((each) => each !== null);
    const anchor = ends.at(-1) ?? person.joinedAt;
    const has = `${account.plan} ${account.planStatus} from ${account.cycleAnchor.toISOString()}`;
    const wanted = `free active from ${anchor.toISOString()}`;
    return has === wanted ? [] : [`is ${has} and has to be ${wanted}`];
  }
  const sold = soldBy(world.simulator.store, idOf(live.items.data[0]?.price));
  if (!sold) return [`subscribes to nothing that is for sale: ${live.id}`];
  const { start, end } = cycleOf(live, sold.interval, now);
  const status = live.status === "past_due" || live.status === "unpaid" ? "past_due" : "active";
  const has = `${account.plan} ${account.planStatus} ${is(account.periodStart, account.periodEnd)}`;
  const wanted = `${sold.plan} ${status} ${is(start, end)}`;
  return has === wanted ? [] : [`is ${has} and Stripe says ${wanted} (${live.id})`];
}

/** Invoices paid are allowances given, each once and whole; what is not paid is provisional, owed, or closed out. */
function allowancesAreGiven({ world, person, stripe, books, now }: Scene): string[] {
  const wanted = new Map<string, string>();
  const neverOpened = new Set<string>();
  for (const { subscription, plan, start, payment, invoice, credits, triedAt } of allowancesOf(stripe, now)) {
    // What failed gives nothing any more to whoever had not opened it before.
    const wasOpened = (at: Date) => start <= at && (triedAt === null || at < triedAt);
    if (payment === "owed" && ![...person.openedAt, ...world.openedAt].some(wasOpened))
      neverOpened.add(nameOf(subscription, plan, start));
    wanted.set(nameOf(subscription, plan, start), `${payment} ${credits} by ${invoice}`);
    if (payment === "paid") world.figures.count("allowances paid for", plan);
  }
  const wrongs: string[] = [];
  for (const row of books.given) {
    const { subscriptionId, plan, startsAt, payment, closed, credits, invoiceId, grantId } = row;
    if (!subscriptionId || startsAt > now) continue;
    const name = nameOf(subscriptionId, plan, startsAt);
    const expected = wanted.get(name);
    wanted.delete(name);
    // Given before it was paid, and contradicted by what Stripe renewed with.
    if (!expected && invoiceId === null && isContradicted(closed)) continue;
    const isPaidLate = closed !== null && payment === "paid";
    if (isPaidLate) wrongs.push(...isGivenAgain(row, books));
    const has = `${isPaidLate ? payment : (closed ?? payment)} ${credits} by ${invoiceId ?? expected?.split(" by ")[1]}`;
    if (has !== expected) wrongs.push(`${name} was given as ${has} and promised as ${expected}`);
    const grant = books.grants.get(grantId ?? "");
    if (closed === null && grant?.revokedCredits !== 0n) wrongs.push(`${name} was revoked`);
  }
  // Nobody heard of it before it was over: there is nothing to close out.
  for (const [name, expected] of wanted)
    if (!isClosed(expected) && !neverOpened.has(name))
      wrongs.push(`${name} was promised as ${expected} and never given`);
  return wrongs;
}

/**
 * Paid after all, what was closed out is given again: the whole of it where what was spent had become debt, and else what nobody
 * had spent. Only its debt, where it could be spent from until it was over.
 */
function isGivenAgain(
  { source, grantId, regrantId, closed, closedAt, credits }: Books["given"][number],
  { grants, moves }: Books,
): string[] {
  const grant = grants.get(grantId ?? "");
  if (!grant) return [];
  const spent = moves.filter((each) => each.grantId === grantId && each.toBucket === "spent");
  const used = spent.reduce((sum, each) => sum + each.credits, 0n);
  const couldBeSpent = closedAt !== null && grant.expiresAt <= closedAt && grant.frozenAt === null;
  const wanted = couldBeSpent
    ? isOwedWhen(closed)
      ? used
      : 0n
    : isOwedWhen(closed)
      ? credits
      : credits - used;
  const again = grants.get(regrantId ?? "")?.credits ?? 0n;
  return again === wanted ? [] : [`${source} was paid late: ${again} given again, and ${wanted} are due`];
}

const isOwedWhen = (closed: Books["given"][number]["closed"]): boolean =>
  closed === "unpaid" || closed === "superseded" || closed === "never_renewed";

const isContradicted = (closed: Books["given"][number]["closed"]): boolean =>
  closed === "never_invoiced" || closed === "never_renewed";

const isClosed = (promised: string): boolean => !/^(paid|provisional|owed) /.test(promised);

/** One allowance for every month of Free that somebody used, none outside of them. */
function freeMonthsAreGiven({ world, person, stripe, books, now }: Scene): string[] {
  const spans = freeSpansOf(stripe, person.joinedAt);
  const given = books.given.filter((each) => !each.subscriptionId && each.startsAt <= now);
  const wrongs = given
    .filter(({ plan, startsAt, credits }) => {
      return plan !== "free" || credits !== CREDITS_A_MONTH.free || !isFreeMonth(spans, startsAt);
    })
    .map(({ source, plan, credits }) => `${source} gave ${credits} of ${plan}, and is no month of Free`);
  world.figures.count("allowances of Free", "given", given.length);
  const starts = new Set(given.map((each) => each.startsAt.getTime()));
  for (const at of person.seenFreeAt) {
    const month = freeMonthAt(spans, at);
    if (month && !starts.has(month.getTime()))
      wrongs.push(`was used on Free at ${at.toISOString()} without an allowance from ${month.toISOString()}`);
  }
  return wrongs;
}

/** Frozen is what is not paid and not closed out, of a subscription that is not `active` at Stripe; and nothing else that lives. */
function frozenWhereUnpaid({ stripe, books, now }: Scene): string[] {
  const provisional = new Set(
    stripe.subscriptions.filter(({ status }) => status === "active").map(({ id }) => id),
  );
  const unpaid = new Set(
    books.given
      .filter(({ payment, closed }) => closed === null && (payment === "provisional" || payment === "owed"))
      .filter(({ subscriptionId }) => !provisional.has(subscriptionId ?? ""))
      .map(({ grantId }) => grantId),
  );
  const rows = books.given
    .filter(({ frozen, grantId }) => frozen !== unpaid.has(grantId))
    .map(({ source, frozen }) => `${source} is ${frozen ? "" : "not "}said to be frozen`);
  const grants = [...books.grants.values()].flatMap(
    ({ id, source, frozenAt, expiresAt, remainingCredits }) => {
      if (expiresAt <= now || (remainingCredits === 0n && !unpaid.has(id))) return [];
      if (unpaid.has(id)) return frozenAt ? [] : [`${source} is not paid, and not frozen`];
      return frozenAt ? [`${source} is frozen, and nothing of it is to be paid`] : [];
    },
  );
  return [...rows, ...grants];
}

/** What is closed out is revoked: whole where what was used of it is owed, and but for what was used where nobody asked for payment. */
function unpaidIsOwed({ person, books }: Scene): string[] {
  const wrongs: string[] = [];
  const sum = (moves: Books["moves"]) => moves.reduce((total, each) => total + each.credits, 0n);
  for (const { closed, debtCredits, grantId, source } of books.given) {
    const grant = books.grants.get(grantId ?? "");
    if (closed === null || !grant) continue;
    const owes = isOwedWhen(closed);
    const its = books.moves.filter((each) => each.grantId === grantId);
    const used = sum(its.filter((each) => each.toBucket === "spent" || each.toBucket === "owed"));
    const owed = sum(its.filter((each) => each.fromBucket === "spent" && each.toBucket === "revoked"));
    const kept = owes ? 0n : used;
    if (grant.revokedCredits + kept !== grant.credits)
      wrongs.push(`${source} is closed as ${closed}: ${grant.revokedCredits} of ${grant.credits} is revoked`);
    if (owed !== used - kept || (debtCredits ?? 0n) !== owed)
      wrongs.push(
        `${source} is closed as ${closed}: ${used} was used of it, ${owed} is owed, and said is ${debtCredits}`,
      );
  }
  const usage = sum(books.moves.filter((each) => each.category !== null));
  if (usage !== person.used) wrongs.push(`used ${person.used} by its answers and ${usage} by its entries`);
  const revoked = sum(
    books.moves.filter((each) => each.fromBucket === "spent" && each.toBucket === "revoked"),
  );
  const debts = sum(books.moves.filter((each) => each.fromBucket === "owed"));
  if (debts !== revoked + person.owed)
    wrongs.push(`owed ${debts} in all, of ${revoked} revoked and ${person.owed} beyond its balance`);
  return wrongs;
}

/** I8 and I10: what was taken is what was sold, charge by charge. */
function moneyAddsUp({ world, stripe, books }: Scene): string[] {
  const wrongs: string[] = [];
  const paid = new Map<string, bigint>();
  for (const { id, status, amountCents } of books.bought) if (status === "paid") paid.set(id, amountCents);
  for (const { id, status, paidCents } of stripe.invoices) {
    if (status === "paid") paid.set(id, paidCents);
    const ours = books.billed.find((each) => each.id === id)?.status;
    if (ours !== status) wrongs.push(`invoice ${id} is ${status} and here ${ours}`);
  }
  for (const { id, order, invoice, cents } of stripe.charges) {
    const what = order ?? invoice ?? "";
    if (paid.get(what) !== cents)
      wrongs.push(`charge ${id} took ${cents} for ${what}, sold at ${paid.get(what)}`);
    paid.delete(what);
    world.figures.count("charges", order ? "for credits" : "for plans");
  }
  for (const [what, cents] of paid) if (cents > 0n) wrongs.push(`${what} is paid and nobody was charged`);
  return wrongs;
}

/** I8: whatever an operator does to plans, every order that is paid was charged once, and every charge for one is paid. */
function ordersAddUp({ stripe, books }: Scene): string[] {
  const wrongs: string[] = [];
  for (const { id, status, amountCents, parkedReason } of books.bought) {
    const charges = stripe.charges.filter(({ order }) => order === id);
    const taken = charges.reduce((sum, { cents }) => sum + cents, 0n);
    if (taken !== (status === "paid" ? amountCents : 0n))
      wrongs.push(`order ${id} is ${status}, and took ${taken}`);
    if (parkedReason) wrongs.push(`order ${id} was parked: ${parkedReason}`);
    if (status === "processing") wrongs.push(`order ${id} reached no end (I18)`);
  }
  return wrongs;
}

/** Credits that were bought and alive when an upgrade was paid last at least as long as the cycle it began. */
function boughtOutlivesUpgrades({ stripe, books }: Scene): string[] {
  const all = [...books.grants.values()];
  const upgrades = stripe.invoices.filter(
    (each) => each.status === "paid" && each.reason === "subscription_update",
  );
  return upgrades.flatMap(({ id, period: { start, end } }) => {
    const month = monthsAfter(start, 1);
    const until = month < end ? month : end;
    return (
      all
        .filter((each) => each.kind === "purchase" && each.startsAt <= start && start < each.expiresAt)
        .filter((each) => each.expiresAt < until && each.remainingCredits + each.expiredCredits > 0n)
        // Heard of when they were over already, what was left came back.
        .filter(
          (each) => !all.some((other) => other.source === `carried:${each.id}` && other.expiresAt >= until),
        )
        .map(
          ({ source, expiresAt }) =>
            `${source} ends ${expiresAt.toISOString()}, before the cycle of ${id} (I15)`,
        )
    );
  });
}
