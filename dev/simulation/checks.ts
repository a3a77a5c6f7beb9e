import { and, eq } from "drizzle-orm";
import { currentGrants, orders } from "../../db/schema";
import { getAccountView } from "../../lib/billing/account-view";
import { listInvoices } from "../../lib/billing/subscriptions/queries";
import { getBalance } from "../../lib/ledger/queries";
import { findDrift } from "../../lib/ledger/reconcile";
import { idOf } from "../stripe/ids";
import { findStrangers } from "../testing/strangers";
import { type AtStripe, isLive, readStripe } from "./at-stripe";
import { findMistaken } from "./invariants";
import { inLanes } from "./lanes";
import type { Person } from "./person";
import type { World } from "./world";

/** Something that must never be, and whose it is; null where it is nobody's. */
export type Wrong = { readonly accountId: string | null; readonly what: string };

const LANES = 6;

/**
 * What must be true at every committed moment, whatever is late, lost or failing. An empty list is what it should return. Whether
 * pages can be read is asked of those whose turn it is: all that is asked of everybody together costs less.
 */
export async function findWrongs(
  world: World,
  people: readonly Person[],
  areRead: (person: Person) => boolean,
): Promise<readonly Wrong[]> {
  const stripeOf = readStripe(world.simulator.store, world.dashboard.accountOf);
  const { touched } = world.dashboard;
  const isTouched = (id: string | null) => id !== null && touched.has(id);
  // What an operator did may need an operator's attention; of an account that was left alone, nothing does.
  const wrongs: Wrong[] = world.errors
    .map((what) => ({ accountId: accountIn(what), what: `logged: ${what}` }))
    .filter(({ accountId, what }) => !(isTouched(accountId) && what.startsWith("logged: needs attention")));
  for (const { accountId, ...drift } of await findDrift(world.db))
    wrongs.push({ accountId, what: `the books do not add up (I2): ${JSON.stringify(drift)}` });
  for (const { account_id, ...stranger } of await findStrangers(world.db))
    wrongs.push({ accountId: account_id, what: JSON.stringify(stranger) });
  for (const { account_id, ...mistaken } of await findMistaken(world.db))
    wrongs.push({ accountId: account_id, what: JSON.stringify(mistaken) });
  const bought = await readBought(world);
  await inLanes(LANES, people, async (person) => {
    const { accountId } = person;
    const found = [
      ...takenOnce(stripeOf(accountId), isTouched(accountId)),
      ...(areRead(person) ? await findUnreadable(world, accountId) : []),
      ...brokenPromises(person, bought.get(accountId) ?? []),
    ];
    wrongs.push(...found.map((what) => ({ accountId, what })));
  });
  return wrongs;
}

const accountIn = (text: string): string | null => /"accountId":"([^"]+)"/.exec(text)?.[1] ?? null;

function takenOnce({ customers, subscriptions, charges }: AtStripe, isTouched: boolean): string[] {
  const wrongs: string[] = [];
  // One whose creation was never answered may be left behind when its key is forgotten; nothing ever hangs on it.
  const used = customers.filter((id) =>
    [...subscriptions, ...charges].some((each) => idOf(each.customer) === id),
  );
  if (used.length > 1 && !isTouched) wrongs.push(`pays as ${used.length} customers`);
  const live = subscriptions.filter(isLive);
  if (live.length > 1 && !isTouched) wrongs.push(`has ${live.length} live subscriptions`);
  const paid = new Set<string>();
  for (const { id, order, invoice } of charges) {
    const what = order ? `order ${order}` : `invoice ${invoice}`;
    if (!order && !invoice) wrongs.push(`charge ${id} is for nothing`);
    if (paid.has(what)) wrongs.push(`${what} was charged twice (I9)`);
    paid.add(what);
  }
  return wrongs;
}

/** Whatever a page asks has an answer. */
async function findUnreadable({ db }: World, accountId: string): Promise<string[]> {
  const looks: readonly (readonly [string, Promise<unknown>])[] = [
    ["account", getAccountView(db, accountId)],
    ["balance", getBalance(db, accountId)],
    ["invoices", listInvoices(db, accountId, null)],
  ];
  const wrongs: string[] = [];
  await Promise.all(
    looks.map(([name, look]) =>
      look.catch((error: unknown) => wrongs.push(`its ${name} cannot be read: ${error}`)),
    ),
  );
  return wrongs;
}

type Bought = {
  readonly orderId: string;
  readonly credits: bigint;
  readonly granted: bigint;
  readonly endsAt: Date;
};

/** What orders gave, and until when it lives, by account: of all of them in one query. */
async function readBought({ db }: World): Promise<ReadonlyMap<string, readonly Bought[]>> {
  const rows = await db
    .select({
      accountId: orders.accountId,
      orderId: orders.id,
      credits: orders.credits,
      granted: currentGrants.credits,
      endsAt: currentGrants.expiresAt,
    })
    .from(orders)
    .innerJoin(
      currentGrants,
      and(eq(currentGrants.accountId, orders.accountId), eq(currentGrants.id, orders.grantId)),
    );
  const found = new Map<string, Bought[]>();
  for (const { accountId, ...row } of rows) found.set(accountId, [...(found.get(accountId) ?? []), row]);
  return found;
}

/** I15: nothing that was bought ends before the person was told it would, or before it was seen to end. */
function brokenPromises({ promises }: Person, bought: readonly Bought[]): string[] {
  return bought.flatMap(({ orderId, credits, granted, endsAt }) => {
    // Of an order whose placing was never answered, nobody was promised anything.
    if (!promises.has(orderId)) return [];
    const promised = promises.get(orderId) ?? endsAt;
    promises.set(orderId, endsAt > promised ? endsAt : promised);
    if (granted !== credits) return [`order ${orderId} gave ${granted} of ${credits}`];
    return endsAt >= promised
      ? []
      : [
          `order ${orderId} was to last until ${promised.toISOString()} and ends ${endsAt.toISOString()} (I15)`,
        ];
  });
}
