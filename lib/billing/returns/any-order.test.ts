import { describe, expect, it } from "vitest";
import {
  BuyerInMemory,
  CYCLE_END,
  dispute,
  HOUR_MS,
  ORDER,
  refund,
} from "../../../dev/testing/buyer-in-memory";
import { ordersOf } from "../../../dev/testing/orders-of-events";
import { cents } from "../../money/credits";
import { type DisputeFact, type RefundFact, type ReturnFacts, shareOf } from "./decide";

/** What six events say, in the order in which it became true: each of one refund or one dispute, which may have several. */
type Event =
  | { readonly kind: "refund"; readonly fact: RefundFact }
  | { readonly kind: "dispute"; readonly fact: DisputeFact };
const refunded = (id: string, amount: bigint, status: RefundFact["status"]): Event => ({
  kind: "refund",
  fact: refund(id, amount, status),
});
const disputed = (id: string, amount: bigint, status: DisputeFact["status"]): Event => ({
  kind: "dispute",
  fact: dispute(id, status, amount),
});

/** `returnedCents`, of 97 that were paid, have gone back in the end. */
const STORIES: readonly {
  readonly name: string;
  readonly events: readonly Event[];
  readonly returnedCents: bigint;
}[] = [
  {
    name: "part: a refund, a dispute won, another refund, and the first one fails",
    events: [
      refunded("first", 30n, "succeeded"),
      disputed("dispute", 50n, "needs_response"),
      disputed("dispute", 50n, "won"),
      refunded("second", 23n, "succeeded"),
      refunded("first", 30n, "failed"),
      disputed("inquiry", 10n, "warning_needs_response"),
    ],
    returnedCents: 23n,
  },
  {
    name: "part: a refund asked for, on its way and there, a dispute that is prevented",
    events: [
      refunded("first", 48n, "requested"),
      disputed("dispute", 49n, "needs_response"),
      refunded("first", 48n, "pending"),
      disputed("dispute", 49n, "under_review"),
      refunded("first", 48n, "succeeded"),
      disputed("dispute", 49n, "prevented"),
    ],
    returnedCents: 48n,
  },
  {
    name: "part: a refund, and the rest disputed, lost, appealed and won",
    events: [
      refunded("first", 24n, "pending"),
      refunded("first", 24n, "succeeded"),
      disputed("dispute", 73n, "needs_response"),
      disputed("dispute", 73n, "lost"),
      disputed("dispute", 73n, "appeal_under_review"),
      disputed("dispute", 73n, "won"),
    ],
    returnedCents: 24n,
  },
  {
    name: "full: in two refunds, of which one fails and is asked for again, beside an inquiry",
    events: [
      refunded("first", 40n, "succeeded"),
      refunded("rest", 57n, "pending"),
      refunded("rest", 57n, "failed"),
      disputed("inquiry", 97n, "warning_needs_response"),
      disputed("inquiry", 97n, "warning_closed"),
      refunded("again", 57n, "succeeded"),
    ],
    returnedCents: 97n,
  },
  {
    name: "full: an inquiry that escalates, and is lost for good",
    events: [
      disputed("dispute", 97n, "warning_needs_response"),
      disputed("dispute", 97n, "needs_response"),
      disputed("dispute", 97n, "under_review"),
      disputed("dispute", 97n, "lost"),
      disputed("dispute", 97n, "appeal_under_review"),
      disputed("dispute", 97n, "lost"),
    ],
    returnedCents: 97n,
  },
];

/** What is known once so many are: of each refund and dispute the latest, whatever was told of first. */
function factsOf(events: readonly Event[], told: ReadonlySet<number>): ReturnFacts {
  const refunds = new Map<string, RefundFact>();
  const disputes = new Map<string, DisputeFact>();
  for (const [index, { kind, fact }] of events.entries()) {
    if (!told.has(index)) continue;
    if (kind === "refund") refunds.set(fact.id, fact);
    else disputes.set(fact.id, fact);
  }
  return { refunds: [...refunds.values()], disputes: [...disputes.values()] };
}

const PLAN = 500n;
const ALL = ORDER.credits;
const more = (a: bigint, b: bigint) => (a > b ? a : b);

type Situation = {
  readonly name: string;
  make(): BuyerInMemory;
  end(revoked: bigint): { readonly available: bigint; readonly frozen: bigint; readonly owed: bigint };
};
const SITUATIONS: readonly Situation[] = [
  {
    name: "unspent",
    make: () => new BuyerInMemory(PLAN, 0n),
    end: (revoked) => ({ available: PLAN + ALL - revoked, frozen: 0n, owed: 0n }),
  },
  {
    name: "spent in part",
    make: () => new BuyerInMemory(PLAN, PLAN + 300n),
    end: (revoked) => ({ available: more(700n - revoked, 0n), frozen: 0n, owed: more(revoked - 700n, 0n) }),
  },
  {
    name: "spent",
    make: () => new BuyerInMemory(PLAN, PLAN + ALL),
    end: (revoked) => ({ available: 0n, frozen: 0n, owed: revoked }),
  },
  {
    name: "expired",
    make() {
      const buyer = new BuyerInMemory(PLAN, 0n);
      buyer.now = new Date(CYCLE_END.getTime() + HOUR_MS);
      return buyer;
    },
    end: () => ({ available: PLAN, frozen: 0n, owed: 0n }),
  },
  {
    name: "frozen by an operator",
    make() {
      const buyer = new BuyerInMemory(PLAN, 0n);
      buyer.freeze();
      return buyer;
    },
    end: (revoked) => ({ available: PLAN, frozen: ALL - revoked, owed: 0n }),
  },
];

const statusOf = (returned: bigint) => (returned === ORDER.amountCents ? "refunded" : "partially_refunded");

/**
 * Tells of all of them in every order, branch by branch, each beginning where the one before it stands: so every beginning that
 * two orders share is heard once. Returns how many orders there were.
 */
async function tellEveryOrder(
  buyer: BuyerInMemory,
  events: readonly Event[],
  open: readonly number[],
  told: readonly number[],
  ended: (buyer: BuyerInMemory, told: readonly number[]) => Promise<void>,
): Promise<number> {
  if (open.length === 0) {
    await ended(buyer, told);
    return 1;
  }
  let orders = 0;
  for (const index of open) {
    const next = buyer.copy();
    const known = [...told, index];
    await next.hear(factsOf(events, new Set(known)));
    const rest = open.filter((each) => each !== index);
    orders += await tellEveryOrder(next, events, rest, known, ended);
  }
  return orders;
}

describe("I14: whatever is told in whatever order, or never, the end is the same", () => {
  const SIX = [0, 1, 2, 3, 4, 5];
  it("tries each of the 720 orders of six", () => {
    expect(new Set(ordersOf(SIX).map(String)).size).toBe(720);
  });

  for (const { name, events, returnedCents } of STORIES)
    it.each(SITUATIONS.map((each) => [each.name, each] as const))(
      `${name}; credits that are %s`,
      async (_name, situation) => {
        const revoked = shareOf(ORDER, cents(returnedCents));
        const wanted = { ...situation.end(revoked), revoked, status: statusOf(returnedCents) };
        const all = factsOf(events, new Set(SIX));
        const seen = new Set<string>();
        // With none lost the last one told says the rest; with one lost nobody tells of it before a day later all is read.
        for (const lost of [null, ...SIX]) {
          const open = SIX.filter((each) => each !== lost);
          const orders = await tellEveryOrder(situation.make(), events, open, [], async (buyer, told) => {
            seen.add(`${lost}: ${told.join(" ")}`);
            const commands = buyer.before.length;
            await buyer.hear(all);
            expect(buyer.end, `told ${told.join(" ")}, lost ${lost}`).toEqual(wanted);
            if (lost === null) expect(buyer.before).toHaveLength(commands);
            const after = buyer.before.length;
            await buyer.hear(all);
            expect(buyer.before, "heard again").toHaveLength(after);
          });
          expect(orders).toBe(lost === null ? 720 : 120);
        }
        expect(seen.size).toBe(720 + 6 * 120);
      },
    );
});
