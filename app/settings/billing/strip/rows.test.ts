import { describe, expect, it } from "vitest";
import {
  ACCOUNT,
  balanceOf,
  CARD,
  EMPTY,
  END,
  ENDED,
  FREE,
  FROZEN,
  GRANT,
  HOUR_MS,
  INDEBTED,
  INVOICE,
  LOW,
  NOW,
  ORDER,
  order,
  PAST_DUE,
  PAYMENT,
  planOf,
  plus,
  START,
  SUBSCRIPTION,
  WELL,
} from "@/dev/testing/account-view";
import type { AccountView } from "@/lib/billing/account-view";
import type { BalanceView, GrantView } from "@/lib/ledger/queries";
import { credits } from "@/lib/money/credits";
import { type RowKind, rowsOf, type StripState, stripOf } from "./rows";
import type { Reader } from "./told";
import { type ToldRow, tell } from "./words";

/** What the plan that ended costs, gives and runs until where it is started again. */
const AGAIN =
  "Start Starter again: $299.00 now and every month, for 24,000,000 new credits until Dec 21, 2026.";

type Given = {
  readonly account?: Partial<AccountView>;
  readonly balance?: BalanceView;
  readonly mayManage?: boolean;
};

const stateOf = ({ account = {}, balance = WELL, mayManage = true }: Given): StripState => ({
  account: { ...ACCOUNT, ...account },
  balance,
  mayManage,
});
const kindsOf = (given: Given): readonly RowKind[] => rowsOf(stateOf(given)).map(({ kind }) => kind);
const firstOf = (given: Given): RowKind | null => stripOf(stateOf(given))?.first.kind ?? null;

/** What the first row is said to be, with its step. */
function told(given: Given) {
  const reader: Reader = {
    ...stateOf(given),
    owners: given.mayManage === false ? ["Ada Lovelace"] : [],
    where: { locale: "en-US", timeZone: "UTC" },
  };
  const strip = stripOf(reader);
  if (!strip) throw new Error("there is nothing to say");
  return tell(strip.first as ToldRow, reader);
}

describe("the strip", () => {
  it("says nothing where all is well", () => expect(stripOf(stateOf({}))).toBeNull());

  it("says not to pay again while an order is being confirmed", () => {
    expect(told({ account: { openOrders: [order("processing")] } })).toEqual({
      title: "Do not pay again: $125.00 is being confirmed",
      text: "The payment with Visa •••• 4242 for order CR-1 is on its way. What it pays for is added as soon as it goes through.",
      step: { label: "See the payment", href: "/settings/billing/buy-credit/ord_1" },
    });
    const looked = { account: { openOrders: [order("declined", { underReview: true })] } };
    expect(told(looked).title).toBe("Do not pay again: we are reviewing order CR-1");
  });

  it("leads to the bank where it waits, with the amount", () => {
    expect(told({ account: { openPayment: PAYMENT } })).toEqual({
      title: "Your bank wants you to confirm the payment for your upgrade to Premium",
      text: "It asks whether it is you who pays $499.00 with Visa •••• 4242. You are not charged until you have confirmed it.",
      step: { label: "Confirm with your bank, $499.00", href: "/settings/billing/plans/payments/pay_1" },
    });
  });

  it("asks for what is past due, with what is left to pay, the next attempt and what is frozen", () => {
    expect(told({ account: PAST_DUE, balance: FROZEN })).toEqual({
      title: "The last payment for your Starter plan did not go through",
      text: "The card has insufficient funds, or has reached its limit. Use another card, or try again later. 20,000,000 credits of this cycle are frozen until it is paid, and you cannot buy credits. Once it is paid, you can spend them right away. Requests are being refused until then. $299.00 is due. Next automatic attempt: Dec 4, 2026, 08:14 UTC.",
      step: { label: "Pay $299.00", href: "/settings/billing/plans" },
    });
    const member = told({ account: PAST_DUE, balance: FROZEN, mayManage: false });
    expect(member.step).toBeNull();
    expect(member.text).toMatch(/Ask Ada Lovelace\.$/);
    expect(told({ balance: FROZEN }).text).toBe("As soon as it is, you can spend them right away.");
    expect(kindsOf({ balance: FROZEN })).toEqual(["frozen"]);
  });

  it("counts no credits in dispute among those that paying for the plan unfreezes", () => {
    const addOn = { ...GRANT, id: "g2", kind: "purchase" as const, source: "order:1", frozen: true };
    const balance = balanceOf([
      { ...GRANT, frozen: true },
      { ...addOn, remaining: credits(8_000_000n) },
    ]);
    expect(told({ account: PAST_DUE, balance }).text).toContain(
      "20,000,000 credits of this cycle are frozen",
    );
    expect(told({ balance: balanceOf([{ ...addOn, remaining: credits(8_000_000n) }]) }).title).toBe(
      "8,000,000 credits are frozen while their payment is disputed",
    );
  });

  it("says of what an operator froze that we did, and to contact us", () => {
    const nothing = balanceOf([{ ...GRANT, frozen: true }], { frozenPlan: credits(0n) });
    const balance = { ...nothing, frozenByUs: nothing.frozen };
    expect(kindsOf({ balance })).toEqual(["frozen_by_us"]);
    expect(told({ balance })).toMatchObject({
      title: "We have frozen some of your credits. Please contact us.",
      text: "20,000,000 credits cannot be spent until we unfreeze them.",
    });
  });

  it("says that what is owed is paid out of frozen credits first", () => {
    const frozen = [{ ...GRANT, frozen: true }];
    const some = balanceOf(frozen, { owed: credits(640_000n) });
    const more = balanceOf(frozen, { owed: credits(20_000_000n) });
    expect(told({ account: PAST_DUE, balance: some }).text).toContain(
      "Once it is paid, what you owe is paid out of them first, and you can spend the rest right away. Requests are being refused until then.",
    );
    expect(told({ account: PAST_DUE, balance: more }).text).toContain(
      "Once it is paid, all of them pay back what you owe. $299.00 is due.",
    );
    const [row] = rowsOf(stateOf({ balance: some }));
    const reader = { ...stateOf({ balance: some }), owners: [], where: { locale: "en-US", timeZone: "UTC" } };
    expect(tell(row as ToldRow, reader)).toMatchObject({
      title: "20,000,000 credits are frozen until your plan is paid",
      text: "As soon as it is, what you owe is paid out of them first, and you can spend the rest right away.",
    });
  });

  it("asks for the first payment of a plan that has not begun", () => {
    const account = {
      ...FREE,
      unfinished: { plan: planOf("starter"), interval: "month" as const, until: plus(NOW, HOUR_MS) },
      openInvoice: INVOICE,
    };
    expect(told({ account })).toMatchObject({
      title: "Your Starter plan has not begun: its first payment is missing",
      step: { label: "Pay $299.00" },
    });
  });

  it("clears a debt, to the cent, for who may buy", () => {
    expect(told({ balance: INDEBTED })).toEqual({
      title: "You owe 640,000 credits: requests are being refused",
      text: "They were used but not paid for, and nothing can be spent until they are. The next credits you get pay them first.",
      step: { label: "Clear what you owe, $8", href: "/settings/billing/buy-credit?amount=8.00" },
    });
    expect(told({ balance: INDEBTED, account: FREE }).step?.label).toBe("Upgrade");
    const unpaid = { ...FREE, ended: ENDED, openInvoice: INVOICE };
    expect(told({ balance: INDEBTED, account: unpaid })).toMatchObject({
      text: expect.stringMatching(/Those of your unpaid invoice come as soon as it is paid\.$/),
      step: { label: "Pay $299.00", href: "/settings/billing/plans" },
    });
    expect(told({ balance: INDEBTED, account: unpaid, mayManage: false }).step).toBeNull();
  });

  it("says that nothing is left and requests are refused, and buys what reaches renewal", () => {
    const recentUse = { used: credits(7_000_000n), ms: 7 * 24 * HOUR_MS };
    expect(told({ balance: EMPTY, account: { recentUse } })).toEqual({
      title: "You have no credits left: requests are being refused",
      text: "The next ones come on Dec 4, 2026, 08:14 UTC. At the pace of the last seven days, 12,960,000 last until renewal.",
      step: { label: "Buy credits, $162", href: "/settings/billing/buy-credit?amount=162.00" },
    });
    expect(told({ balance: EMPTY, account: { recentUse: null } }).step).toEqual({
      label: "Buy credits",
      href: "/settings/billing/buy-credit",
    });
    expect(told({ balance: EMPTY, account: FREE }).step).toEqual({
      label: "Upgrade",
      href: "/settings/billing/plans",
    });
    const member = told({ balance: EMPTY, mayManage: false });
    expect([member.step, member.text]).toEqual([null, expect.stringMatching(/Ask Ada Lovelace\.$/)]);
  });

  it("says why an order was declined, unless its cycle is over", () => {
    expect(told({ account: { openOrders: [order("declined")] } })).toEqual({
      title: "The payment of $125.00 for order CR-1 was not completed",
      text: "The card has insufficient funds, or has reached its limit. Use another card, or try again later. You were not charged.",
      step: { label: "Pay with another card", href: "/settings/billing/buy-credit/ord_1" },
    });
    const member = told({ account: { openOrders: [order("declined")] }, mayManage: false });
    expect([member.step, member.text]).toEqual([null, "Nothing was charged. Ask Ada Lovelace."]);
    const outdated = { account: { openOrders: [order("declined", { expiresAt: START })] } };
    expect(kindsOf(outdated)).toEqual(["order"]);
  });

  it("says what went with a plan that ended, for a week, and as long as an invoice of it is open", () => {
    const account = { ...FREE, ended: ENDED };
    expect(told({ account })).toEqual({
      title: "Your Starter plan ended on Nov 21, 2026, 09:00 UTC",
      text: `9,270,000 unused credits expired with it. You are on Free now. ${AGAIN}`,
      step: { label: "Start again", href: "/settings/billing/plans" },
    });
    const long = { ...ENDED, at: plus(NOW, -8 * 24 * HOUR_MS) };
    expect(kindsOf({ account: { ...account, ended: long } })).toEqual([]);
    const unpaid = { ...account, ended: long, openInvoice: INVOICE };
    expect(told({ account: unpaid })).toMatchObject({
      title: "Your Starter plan has ended, and an invoice for it was not paid",
      text: expect.stringContaining(`You are on Free now. ${AGAIN} Or pay the old invoice of $299.00.`),
    });
    const asked = "9,270,000 unused credits expired with it. You are on Free now. Ask Ada Lovelace.";
    expect(told({ account, mayManage: false })).toMatchObject({ text: asked, step: null });
    expect(told({ account: unpaid, mayManage: false }).text).toMatch(
      /You are on Free now\. Ask Ada Lovelace\.$/,
    );
  });

  it("offers to start again only what is still sold", () => {
    const byAgreement = { ...ENDED, plan: planOf("custom") };
    expect(told({ account: { ...FREE, ended: byAgreement } })).toMatchObject({
      text: "9,270,000 unused credits expired with it. You are on Free now.",
      step: { label: "Choose a plan", href: "/settings/billing/plans" },
    });
  });

  it("says what expired when the cycle was renewed", () => {
    const account = { expiredAtStart: credits(9_270_000n) };
    expect(told({ account })).toEqual({
      title: "9,270,000 credits expired unused on Nov 4",
      text: "They were left over from the billing cycle that ended then.",
      step: null,
    });
    expect(kindsOf({ account: { ...account, ...FREE, ended: ENDED } })).toEqual(["ended"]);
  });

  it("says what a plan that was canceled takes with it, by number, and until when", () => {
    const canceled = { subscription: { ...SUBSCRIPTION, cancelAt: END } };
    expect(told({ account: canceled })).toEqual({
      title: "Your Starter plan ends on Dec 4, 2026, 08:14 UTC",
      text: "20,000,000 credits are left: any you have not used by then are lost. From then on you are on Free with 1,000,000 credits a cycle, and nothing more is charged.",
      step: { label: "Keep Starter", href: "/settings/billing/plans" },
    });
    const inAYear = plus(END, 365 * 24 * HOUR_MS);
    const yearly = { ...SUBSCRIPTION, interval: "year" as const, cancelAt: inAYear, renewsAt: inAYear };
    expect(told({ account: { subscription: yearly } }).text).toMatch(
      /^Until then its credits come every month/,
    );
    const asked = { subscription: { ...SUBSCRIPTION, pendingChange: { kind: "cancel" as const } } };
    expect(told({ account: asked })).toMatchObject({
      title: "Your Starter plan is set to end on Dec 4, 2026, 08:14 UTC",
      text: expect.stringContaining("has not confirmed it yet"),
    });
  });

  it("warns below 15 percent, and where the pace does not reach renewal", () => {
    expect(told({ balance: LOW })).toEqual({
      title: "Credits are low: 3,000,000 left",
      text: "That is what is left of 24,000,000 in this billing cycle. The next ones come on Dec 4, 2026, 08:14 UTC.",
      step: { label: "Buy credits", href: "/settings/billing/buy-credit" },
    });
    const recentUse = { used: credits(14_000_000n), ms: 7 * 24 * HOUR_MS };
    expect(told({ account: { recentUse } })).toEqual({
      title: "Credits are likely to run out 2 days before renewal: 20,000,000 left".replace(
        "2 days",
        "70 hours",
      ),
      text: "At the pace of the last seven days they last until Dec 1; about 5,852,778 will be missing.",
      step: { label: "Buy credits, $74", href: "/settings/billing/buy-credit?amount=74.00" },
    });
    expect(firstOf({ balance: balanceOf([{ ...GRANT, remaining: credits(3_600_001n) }]) })).toBeNull();
    expect(firstOf({ balance: LOW, account: FREE })).toBe("low");
  });

  it("names add-on credits that expire within 72 hours, but not those bought for less", () => {
    const ending: GrantView = {
      ...GRANT,
      id: "g2",
      kind: "purchase",
      credits: credits(8_000_000n),
      remaining: credits(1_200_000n),
      expiresAt: plus(NOW, 47 * HOUR_MS + 60_000),
    };
    expect(told({ balance: balanceOf([GRANT, ending]) })).toEqual({
      title: "1,200,000 add-on credits expire in 47 hours",
      text: "On Nov 23, 2026, 09:01 UTC. Plan credits are spent first; whatever is left of these then is lost.",
      step: null,
    });
    const late = { ...ending, startsAt: plus(NOW, -HOUR_MS) };
    const far = { ...ending, expiresAt: plus(NOW, 73 * HOUR_MS) };
    for (const each of [late, far]) expect(kindsOf({ balance: balanceOf([GRANT, each]) })).toEqual([]);
  });

  it("continues an unfinished order, and counts the others", () => {
    expect(told({ account: { openOrders: [ORDER, { ...ORDER, id: "ord_2" }] } })).toEqual({
      title: "You have an unfinished order: CR-1 for $125.00",
      text: "1 more is listed under History.",
      step: { label: "Continue", href: "/settings/billing/buy-credit/ord_1" },
    });
    const canceling = order("requires_action", { canceling: true });
    expect(told({ account: { openOrders: [canceling] } })).toMatchObject({
      title: "Order CR-1 for $125.00 is being canceled",
      step: { label: "See the order" },
    });
  });
});

describe("what comes first", () => {
  const everything: Partial<AccountView> = {
    ...PAST_DUE,
    openOrders: [order("processing"), order("requires_action"), order("declined"), ORDER],
    subscription: { ...SUBSCRIPTION, cancelAt: END },
    cards: [{ ...CARD, expMonth: 11, expYear: 2026 }],
  };

  it("is as it is decided, and the others follow in the same order", () => {
    expect(kindsOf({ account: everything, balance: INDEBTED })).toEqual([
      "confirming",
      "bank",
      "past_due",
      "owed",
      "declined",
      "canceling",
      "order",
    ]);
    const canceled = { subscription: { ...SUBSCRIPTION, cancelAt: END }, openOrders: [order("declined")] };
    expect(kindsOf({ account: canceled, balance: EMPTY })).toEqual(["nothing_left", "declined", "canceling"]);
    expect(kindsOf({ account: canceled, balance: LOW })).toEqual(["declined", "canceling", "low"]);
    const addOn = { ...GRANT, kind: "purchase" as const, expiresAt: plus(NOW, HOUR_MS) };
    const expiring = { cards: [{ ...CARD, expMonth: 11, expYear: 2026 }], openOrders: [ORDER] };
    const low = balanceOf([{ ...addOn, remaining: credits(3_000_000n) }]);
    expect(kindsOf({ account: expiring, balance: low })).toEqual(["low", "add_ons", "card", "order"]);
  });

  it.each<[RowKind, Given]>([
    ["confirming", { account: everything, balance: INDEBTED }],
    ["bank", { account: { ...everything, openOrders: [order("requires_action")] }, balance: INDEBTED }],
    ["past_due", { account: { ...everything, openOrders: [] }, balance: INDEBTED }],
    // Nobody can buy while the plan is past due, and a member cannot pay for it: what comes first is said to them, too.
    ["past_due", { account: { ...PAST_DUE, openOrders: [] }, balance: INDEBTED, mayManage: false }],
    // What this person cannot act on waits in a line.
    ["owed", { account: { openOrders: [order("requires_action")] }, balance: INDEBTED, mayManage: false }],
    [
      "low",
      { account: { subscription: { ...SUBSCRIPTION, cancelAt: END } }, balance: LOW, mayManage: false },
    ],
    // A plan on hold: nothing can be bought, so the way on is to get it to run.
    [
      "standing",
      {
        account: { standing: { kind: "trial_over" }, mayNotBuy: "plan_not_active", cards: [] },
        balance: EMPTY,
      },
    ],
    ["order", { account: { openOrders: [ORDER], expiredAtStart: credits(1n) } }],
    ["renewed", { account: { openOrders: [ORDER], expiredAtStart: credits(1n) }, mayManage: false }],
  ])("%s, of what this person may act on", (kind, given) => expect(firstOf(given)).toBe(kind));

  it("is kept to what a page is concerned with", () => {
    const state = stateOf({ account: everything, balance: INDEBTED });
    expect(stripOf(state, ["owed", "past_due"])).toMatchObject({
      first: { kind: "past_due" },
      others: [{ kind: "owed" }],
    });
    expect(stripOf(state, ["low"])).toBeNull();
  });
});
