import Stripe from "stripe";
import { idOf } from "../../stripe/ids";
import type { Simulator } from "../../stripe/server";
import type { Store } from "../../stripe/store";
import { soldBy } from "../at-stripe";
import { CREDITS_A_MONTH } from "../promises";

/** What a price means, whether or not its metadata says so at the moment. */
export type Meaning = {
  readonly plan: string;
  readonly interval: "month" | "year";
  /** Of one piece. */
  readonly creditsPerMonth: bigint;
};

/** What an operator has in front of them: Stripe's dashboard, and what they know of the prices they made. */
export type Dashboard = {
  readonly stripe: Stripe;
  /** Of prices that an operator made. */
  readonly made: Map<string, Meaning>;
  /** Products of theirs that say nothing, or nonsense, at the moment; and what they said. */
  readonly unsaid: Map<string, Record<string, string>>;
  /** Customers whose account an operator ever did something to. */
  readonly touched: Set<string>;
  /** Whose customer it is or was; Stripe forgets the metadata of one that was deleted. */
  readonly accountOf: Map<string, string>;
  /** When a customer was deleted (Unix seconds): nobody is told of what its invoices do after that. */
  readonly deletedAt: Map<string, number>;
};

/** What the network loses is asked again; what Stripe fails at may have been done or not. */
export function openDashboard(simulator: Simulator): Dashboard {
  const { store, port, clock } = simulator;
  const stripe = new Stripe("sk_test_operator", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 4,
  });
  const accountOf = new Map<string, string>();
  const deletedAt = new Map<string, number>();
  store.onCommit(({ table, row }) => {
    if (table === "deleted_customer" && row !== null)
      deletedAt.set((row as Stripe.DeletedCustomer).id, Math.floor(clock.now() / 1_000));
    if (table !== "customer" || row === null) return;
    const { id, metadata } = row as Stripe.Customer;
    if (metadata.account_id) accountOf.set(id, metadata.account_id);
  });
  return { stripe, made: new Map(), unsaid: new Map(), touched: new Set(), accountOf, deletedAt };
}

/** What a price sells; null for one of another product, or of none of ours. */
export function meaningOf(
  store: Store,
  { made }: Pick<Dashboard, "made">,
  price: Parameters<typeof idOf>[0],
): Meaning | null {
  const known = made.get(idOf(price) ?? "");
  if (known) return known;
  const sold = soldBy(store, idOf(price));
  return sold && { ...sold, creditsPerMonth: CREDITS_A_MONTH[sold.plan] };
}

/** Whether what the price says can be read at the moment. */
export function saysSo(store: Store, { unsaid }: Dashboard, price: Parameters<typeof idOf>[0]): boolean {
  return !unsaid.has(idOf(store.get("price", idOf(price) ?? "")?.product) ?? "");
}
