import type { orderReversals } from "../../../db/schema";
import type { Taken } from "../../ledger/revoke";
import type { LiveGrant } from "../../ledger/state";
import {
  type Credits,
  credits,
  minCredits,
  NO_CREDITS,
  subtractCredits,
  sumCredits,
} from "../../money/credits";
import type { ReturnsDecision } from "./decide";

/** A grant that has credits of what was paid for: the one it gave, or one that gave some of them anew. */
export type ReturnedGrant = Pick<
  LiveGrant,
  "id" | "remaining" | "held" | "spent" | "expired" | "expiresAt" | "frozen"
> & {
  /** Whether it is frozen for something else than a dispute, beside one or alone. */
  readonly isFrozenBesides?: boolean;
};

/** What was done before to the credits of an order or an invoice, in order. */
export type Reversal = Pick<
  typeof orderReversals.$inferSelect,
  "kind" | "grantId" | "used" | "unused" | "expired"
>;

/**
 * One command of the ledger; what `restore` finds no place for, and what is carried, is given anew. To freeze what is frozen, or to
 * unfreeze what something else wants frozen, is only written down (`isOnlyWrittenDown`).
 */
export type Move =
  | { readonly kind: "freeze"; readonly grantId: string }
  | { readonly kind: "unfreeze"; readonly grantId: string }
  | { readonly kind: "revoke" | "carry"; readonly grantId: string; readonly credits: Credits }
  | ({ readonly kind: "restore"; readonly grantId: string } & Taken);

/** How many of the credits of what was paid for are revoked on account of what was paid back. */
export const revokedSoFar = (before: readonly Reversal[]): Credits =>
  credits(
    before.reduce((sum, each) => {
      if (each.kind === "revoke") return sum + total(each);
      return each.kind === "restore" ? sum - total(each) : sum;
    }, 0n),
  );

/** How many of the credits of what was paid for are taken back by now, and how many of these had been used. */
export function takenBy(reversals: readonly Reversal[]): { readonly taken: Credits; readonly used: Credits } {
  const used = reversals.reduce((sum, each) => {
    if (each.kind === "revoke") return sum + each.used;
    return each.kind === "restore" ? sum - each.used : sum;
  }, 0n);
  return { taken: revokedSoFar(reversals), used: credits(used) };
}

/** Of the credits that were taken last, so many, how many had been used. */
export const takenLast = (reversals: readonly Reversal[], taken: Credits): Credits =>
  sumCredits(
    allotRestoration(reversals, taken).flatMap((each) => (each.kind === "restore" ? [each.used] : [])),
  );

/**
 * The grants that gave anew what had been used, as other credits had paid the debt for it: what is theirs is in place of
 * those, which nobody disputes.
 */
const inPlaceOfOthers = (before: readonly Reversal[]): ReadonlySet<string> =>
  new Set(before.flatMap((each) => (each.kind === "give" && each.used > 0n ? [each.grantId] : [])));

/** The grants that are frozen for a dispute, whether or not for something else as well. */
export function frozenByReturns(before: readonly Pick<Reversal, "kind" | "grantId">[]): ReadonlySet<string> {
  const frozen = new Set<string>();
  for (const { kind, grantId } of before) {
    if (kind === "freeze") frozen.add(grantId);
    if (kind === "unfreeze") frozen.delete(grantId);
  }
  return frozen;
}

/** Whether a move changes nothing in the ledger, as the grant is frozen for something else too. */
export const isOnlyWrittenDown = ({ kind }: Move, grant: ReturnedGrant): boolean =>
  (kind === "freeze" && grant.frozen) || (kind === "unfreeze" && grant.isFrozenBesides === true);

/** Of what was paid for, whether anything can be used now, or is there and stays frozen for something else than a dispute. */
export function leftOf(grants: readonly ReturnedGrant[], now: Date): "usable" | "frozen" | "none" {
  const left = grants.filter((each) => each.remaining + each.held > 0n && each.expiresAt > now);
  if (left.some(({ frozen }) => !frozen)) return "usable";
  return left.length > 0 ? "frozen" : "none";
}

/** The grants that gave credits anew. */
export const givenAnew = (before: readonly Reversal[]): readonly string[] =>
  before.flatMap((each) => (each.kind === "give" ? [each.grantId] : []));

/**
 * The ledger commands that bring the grants of an order or an invoice to what was decided, in their order: frozen first and
 * unfrozen last, so that nothing in between pays a debt with credits that are in dispute or about to be taken. Of the grants, the
 * first given is taken from first.
 */
export function planMoves(
  grants: readonly ReturnedGrant[],
  before: readonly Reversal[],
  { revoke, restore, frozen }: ReturnsDecision,
  now: Date,
): readonly Move[] {
  const isFrozen = frozenByReturns(before);
  const isUndisputed = inPlaceOfOthers(before);
  const toFreeze = grants.filter(
    (each) =>
      frozen && !(each.frozen && isFrozen.has(each.id)) && !isUndisputed.has(each.id) && each.expiresAt > now,
  );
  const placed = grants.map((grant) => ({ grant, places: placesOf(grant, isFrozen, now) }));
  const revocations = allotRevocation(placed, isUndisputed, revoke);
  const toUnfreeze = frozen ? [] : grants.filter((each) => each.frozen && isFrozen.has(each.id));
  return [
    ...toFreeze.map(({ id }) => ({ kind: "freeze" as const, grantId: id })),
    ...revocations,
    ...allotRestoration(before, restore),
    ...toUnfreeze.flatMap((each) => carried(each, revocations, now)),
    ...toUnfreeze.map(({ id }) => ({ kind: "unfreeze" as const, grantId: id })),
  ];
}

const PLACES = ["left", "lost", "held"] as const;

/** Where a grant's credits are, whether or not a job wrote down that it is over. While it was frozen nobody could use them: they are not lost. */
function placesOf(grant: ReturnedGrant, isFrozen: ReadonlySet<string>, now: Date) {
  const { remaining, expired, held } = grant;
  const all = sumCredits([remaining, expired]);
  return grant.expiresAt <= now && !isFrozen.has(grant.id)
    ? { left: NO_CREDITS, lost: all, held }
    : { left: all, lost: NO_CREDITS, held };
}

type Placed = { readonly grant: ReturnedGrant; readonly places: ReturnType<typeof placesOf> };

/**
 * What hurts the customer least goes first, over all grants of what was paid for: what is left of any, what expired of any, what any
 * holds, then what was spent; and before that, what was given in place of credits that had paid for what was spent. The ledger
 * takes from each in the same order. What is not there any more cannot be taken.
 */
function allotRevocation(
  grants: readonly Placed[],
  isUndisputed: ReadonlySet<string>,
  wanted: Credits,
): Move[] {
  const own = grants.filter(({ grant }) => !isUndisputed.has(grant.id));
  const inPlace = grants.filter(({ grant }) => isUndisputed.has(grant.id));
  const order = [
    ...PLACES.flatMap((place) => own.map(({ grant, places }) => [grant.id, places[place]] as const)),
    ...PLACES.flatMap((place) => inPlace.map(({ grant, places }) => [grant.id, places[place]] as const)),
    ...grants.map(({ grant }) => [grant.id, grant.spent] as const),
  ];
  const moves: { kind: "revoke"; grantId: string; credits: Credits }[] = [];
  let open: Credits = wanted;
  for (const [grantId, there] of order) {
    const taken = minCredits(open, there);
    if (taken === 0n) continue;
    open = subtractCredits(open, taken);
    const last = moves.at(-1);
    if (last?.grantId === grantId) last.credits = sumCredits([last.credits, taken]);
    else moves.push({ kind: "revoke", grantId, credits: taken });
  }
  return moves;
}

export const NOTHING: Taken = { used: NO_CREDITS, unused: NO_CREDITS, expired: NO_CREDITS };
const BACKWARDS = ["used", "unused", "expired"] as const;
type Parts = Record<keyof Taken, Credits>;

/**
 * What was taken last is put back first, and of that what hurt most: the end is the same as if so much less had been taken, and
 * a refund that fails gives back nothing of what another one took at another time.
 */
function allotRestoration(before: readonly Reversal[], wanted: Credits): Move[] {
  const back = new Map<string, Parts>();
  let open: Credits = wanted;
  for (const layer of stillTaken(before).reverse()) {
    const own = back.get(layer.grantId) ?? { ...NOTHING };
    for (const place of BACKWARDS) {
      const amount = minCredits(open, layer[place]);
      own[place] = sumCredits([own[place], amount]);
      open = subtractCredits(open, amount);
    }
    back.set(layer.grantId, own);
  }
  return [...back].flatMap(([grantId, parts]) =>
    total(parts) > 0n ? [{ kind: "restore" as const, grantId, ...parts }] : [],
  );
}

/** What each revocation took and is not restored since, oldest first. */
function stillTaken(before: readonly Reversal[]): (Parts & { readonly grantId: string })[] {
  const layers: (Parts & { readonly grantId: string })[] = [];
  for (const { kind, grantId, used, unused, expired } of before) {
    if (kind === "revoke") layers.push({ grantId, used, unused, expired });
    if (kind !== "restore") continue;
    const open = { used, unused, expired };
    for (const layer of layers.toReversed()) {
      if (layer.grantId !== grantId) continue;
      for (const place of BACKWARDS) {
        const amount = minCredits(open[place], layer[place]);
        layer[place] = subtractCredits(layer[place], amount);
        open[place] = subtractCredits(open[place], amount);
      }
    }
  }
  return layers;
}

/** Of a grant that ended while it was frozen: what nobody had a chance to use. What an operator froze as well stays where it is. */
function carried(grant: ReturnedGrant, revocations: readonly Move[], now: Date): Move[] {
  if (grant.expiresAt > now || grant.isFrozenBesides) return [];
  const left = grant.remaining + grant.expired;
  const gone = revocations.reduce(
    (sum, each) => (each.kind === "revoke" && each.grantId === grant.id ? sum + each.credits : sum),
    0n,
  );
  return left > gone ? [{ kind: "carry", grantId: grant.id, credits: credits(left - gone) }] : [];
}

const total = ({ used, unused, expired }: Taken): bigint => used + unused + expired;
