import { describe, expect, it } from "vitest";
import { unreadableReason } from "../../../db/schema";
import {
  E,
  freeFacts,
  invoice,
  item,
  line,
  plus,
  S,
  STARTER,
  starterAt,
  subscription,
} from "../../../dev/testing/facts";
import { sentencesOf } from "../attention/reasons";
import { decide } from "./decide";
import { DECIDED_REASONS, type Facts, type Invoice, type Subscription } from "./facts";

const HOUR = 3_600_000;
const attention = (facts: Facts, now: Date) => decide(facts, now).attention;

describe("a price that cannot be read", () => {
  const odd = (unreadable: (typeof unreadableReason.enumValues)[number]): Facts =>
    freeFacts({
      subscriptions: [subscription({ items: [item({ offer: null, unreadable })] })],
      invoices: [invoice({ lines: [line({ offer: null, unreadable })] })],
    });

  it.each(unreadableReason.enumValues)(
    "I23: %s is told as such, of its item and of its invoice's line",
    (why) => {
      const found = attention(odd(why), plus(S, HOUR));
      const reason = why === "no_plan" ? "price_unreadable" : why;
      expect(found.map((each) => [each.reason, each.object])).toEqual([
        [reason, "subscription_item"],
        [reason, "invoice_line"],
      ]);
    },
  );

  it("I23: has sentences of its own for each cause, of what an operator does about it", () => {
    const all = unreadableReason.enumValues.map((why) =>
      sentencesOf(why === "no_plan" ? "price_unreadable" : why),
    );
    expect(new Set(all.map(({ matter }) => matter)).size).toBe(all.length);
  });
});

describe("a draft", () => {
  const draft = (change: Partial<Subscription> = {}, bill: Partial<Invoice> = {}): Facts => {
    const facts = starterAt(S);
    const period = { start: E, end: plus(E, 30 * 24 * HOUR) };
    return {
      ...facts,
      subscriptions: [subscription({ items: [item({ period })], ...change })],
      invoices: [
        ...facts.invoices,
        invoice({ id: "in_2", status: "draft", createdAt: E, lines: [line({ period })], ...bill }),
      ],
    };
  };
  const told = (facts: Facts, hours: number) =>
    attention(facts, plus(E, hours * HOUR)).filter(({ reason }) => reason === "draft_not_finalized");

  it("I23: is told once Stripe should have finalized it for three days, as its allowance is given meanwhile", () => {
    expect(decide(draft(), plus(E, HOUR)).open.map(({ credits }) => credits)).toEqual([STARTER]);
    expect(told(draft(), 72)).toEqual([]);
    expect(told(draft(), 74)).toEqual([
      { reason: "draft_not_finalized", object: "invoice", objectId: "in_2" },
    ]);
    expect(told(draft({}, { status: "open" }), 74)).toEqual([]);
  });

  it("I23: is not told while it may stay one", () => {
    expect(told(draft({ isPaused: true }), 74)).toEqual([]);
    expect(told(draft({ status: "unpaid" }), 74)).toEqual([]);
    expect(told(draft({ status: "canceled", endedAt: plus(E, HOUR) }), 74)).toEqual([]);
  });
});

it("lists no reason twice that the decision finds", () => {
  expect(new Set(DECIDED_REASONS).size).toBe(DECIDED_REASONS.length);
});
