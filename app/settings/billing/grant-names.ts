import type { Reader } from "@/db/client";
import { type GrantSource, getGrantSources } from "@/lib/billing/plans/queries";
import { getOrderReferences } from "@/lib/billing/queries";
import type { GrantKind } from "@/lib/ledger/state";

/** What the names of grants are made of, by the grants' ids. */
export type GrantNames = {
  readonly plans: ReadonlyMap<string, GrantSource>;
  readonly orders: ReadonlyMap<string, string>;
};

type Named = { readonly id: string; readonly kind: GrantKind };

/** Of which plans and orders these grants are; `known` are references of orders that were read before. */
export async function readGrantNames(
  db: Reader,
  accountId: string,
  grants: readonly Named[],
  known: ReadonlyMap<string, string> = new Map(),
): Promise<GrantNames> {
  const ids = (kind: GrantKind) => grants.filter((each) => each.kind === kind).map((each) => each.id);
  const [plans, orders] = await Promise.all([
    getGrantSources(db, accountId, ids("plan")),
    getOrderReferences(
      db,
      accountId,
      ids("purchase").filter((id) => !known.has(id)),
    ),
  ]);
  return { plans, orders: new Map([...known, ...orders]) };
}
