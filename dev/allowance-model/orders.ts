import { fc } from "@fast-check/vitest";
import { Customer } from "./customer";
import { type History, histories, Play, PROMPT_ACTS } from "./history";
import { must } from "./must";
import type { StripeModel } from "./stripe";

/** So many of what changed are heard of in every order, the others before them at once: 24 orders. */
export const SHUFFLED = 4;
/** Rounded down an invoice, and more often where it is judged in parts. */
const ROUNDING = 50n;

/** What happens at Stripe, and after which step somebody heard of all of it for the last time. */
export type Shuffled = { readonly history: History; readonly heardUntil: number };

export const shuffledHistories = (): fc.Arbitrary<Shuffled> =>
  fc.record({ history: histories(PROMPT_ACTS), heardUntil: fc.nat(20) });

/**
 * Whatever an operator, a bank or time did at Stripe since everything was heard: its subscriptions and invoices are heard of
 * one by one, in every order, and decided on after each. Throws where the end is not the same for all orders.
 */
export function playEveryOrder({ history, heardUntil }: Shuffled): void {
  const played = new Play(history, false);
  const { stripe } = played;
  const [base] = played.customers;
  if (!base) return;
  for (const each of history.steps.slice(0, heardUntil)) {
    stripe.advance(1_000);
    played.step(each);
  }
  base.hear(stripe, "all");
  base.decide(stripe.now);
  const before = versionsOf(stripe);
  for (const each of history.steps.slice(heardUntil)) {
    stripe.advance(1_000);
    if (!OURS.includes(each.act)) played.step(each);
  }
  stripe.advance(1_000);
  const after = versionsOf(stripe);
  const changed = [...after.keys()].filter((id) => before.get(id) !== after.get(id));
  const isNew = (id: string) => id.startsWith("in_") && !before.has(id);
  const ends = permutations(changed.slice(-SHUFFLED))
    .filter((order) => isRead(order.filter(isNew)))
    .map((order) => hearIn(base, stripe, changed.slice(0, -SHUFFLED), order));
  // What was given before it was paid may be had by whoever heard late that it should not have been.
  const untrusting = ends.filter(({ trusted }) => !trusted).map(({ end, status }) => end + status);
  for (const said of [ends.map(({ end }) => end), untrusting])
    must(new Set(said).size <= 1, "which was heard first decides nothing", ends);
  must(spreadOf(ends.map(({ net }) => net)) <= ROUNDING, "which was heard first gives nothing more", ends);
}

/** What somebody here does, and Stripe knows nothing of. */
const OURS: readonly string[] = ["hear", "decide", "spend", "due"];

type End = {
  readonly order: string;
  readonly end: string;
  /** Given for paid lines, less what is to be subtracted. */
  readonly net: bigint;
  readonly status: string;
  readonly trusted: boolean;
};

function hearIn(
  base: Customer,
  stripe: StripeModel,
  first: readonly string[],
  order: readonly string[],
): End {
  const customer = new Customer(stripe.now);
  customer.facts = base.facts;
  hearOf(customer, stripe, first);
  for (const id of order) {
    hearOf(customer, stripe, [id]);
    customer.decide(stripe.now);
  }
  customer.hear(stripe, "all");
  const { plan, planStatus, subscriptionId, period, overgiven } = customer.decide(stripe.now);
  return {
    order: order.join(" "),
    end: JSON.stringify({ plan, subscriptionId, period }),
    net: customer.given() - overgiven,
    status: planStatus,
    trusted: customer.facts.allowances.some(({ origin }) => origin === "provisional"),
  };
}

const spreadOf = (nets: readonly bigint[]): bigint =>
  nets.reduce((most, each) => (each > most ? each : most), nets[0] ?? 0n) -
  nets.reduce((least, each) => (each < least ? each : least), nets[0] ?? 0n);

/** Lists are read back to what is known: no invoice is heard of for the first time after a younger one. */
const isRead = (invoices: readonly string[]): boolean =>
  invoices.every((id, index) => index === 0 || (invoices[index - 1] ?? "") < id);

const hearOf = (customer: Customer, stripe: StripeModel, ids: readonly string[]): void =>
  customer.hearOf(stripe, { subscriptions: ids, invoices: ids });

const versionsOf = (stripe: StripeModel): ReadonlyMap<string, string> =>
  new Map(
    [...stripe.subscriptions(), ...stripe.invoices()].map((each) => [
      each.id,
      JSON.stringify(each, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
    ]),
  );

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length <= 1
    ? [items]
    : items.flatMap((first, index) =>
        permutations(items.filter((_, other) => other !== index)).map((rest) => [first, ...rest]),
      );
