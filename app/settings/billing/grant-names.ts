import type { Reader } from "@/db/client";
import type { AccountView } from "@/lib/billing/account-view";
import { getOrderReferences } from "@/lib/billing/orders/queries";
import { getGrantSources } from "@/lib/billing/subscriptions/queries";
import type { GrantSource } from "@/lib/billing/subscriptions/view";
import type { GrantKind } from "@/lib/ledger/state";

/** What the names of grants are made of, by the grants' ids. */
export type GrantNames = {
  readonly plans: ReadonlyMap<string, GrantSource>;
  readonly orders: ReadonlyMap<string, string>;
};

type Named = { readonly id: string; readonly kind: GrantKind };

type Known = Pick<AccountView, "grantSources" | "orderReferences">;
const NOTHING_KNOWN: Known = { grantSources: new Map(), orderReferences: new Map() };

/** Of which plans and orders these grants are; asks for nothing that is `known` of the account. */
export async function readGrantNames(
  db: Reader,
  accountId: string,
  grants: readonly Named[],
  { grantSources, orderReferences }: Known = NOTHING_KNOWN,
): Promise<GrantNames> {
  const unknown = (kind: GrantKind, known: ReadonlyMap<string, unknown>) =>
    grants.filter((each) => each.kind === kind && !known.has(each.id)).map((each) => each.id);
  const [plans, orders] = await Promise.all([
    getGrantSources(db, accountId, unknown("plan", grantSources)),
    getOrderReferences(db, accountId, unknown("purchase", orderReferences)),
  ]);
  return {
    plans: new Map([...grantSources, ...plans]),
    orders: new Map([...orderReferences, ...orders]),
  };
}
