import { describe, expect, it } from "vitest";
import {
  ACCOUNT,
  CARD,
  END,
  HOUR_MS,
  NOW,
  PAYMENT,
  planOf,
  plus,
  SUBSCRIPTION,
  WELL,
} from "@/dev/testing/account-view";
import type { AccountView } from "@/lib/billing/account-view";
import { credits } from "@/lib/money/credits";
import { type RowKind, rowsOf } from "./rows";
import type { Reader } from "./told";
import { type ToldRow, tell } from "./words";

type Given = { readonly account: Partial<AccountView> };

const readerOf = ({ account }: Given): Reader => ({
  account: { ...ACCOUNT, ...account },
  balance: WELL,
  mayManage: true,
  owners: [],
  where: { locale: "en-US", timeZone: "UTC" },
});
const kindsOf = (given: Given): readonly RowKind[] => rowsOf(readerOf(given)).map(({ kind }) => kind);

function told(given: Given) {
  const row = rowsOf(readerOf(given)).find(({ kind }) => kind === "card");
  if (!row) throw new Error("nothing is said of the card");
  return tell(row as ToldRow, readerOf(given));
}

describe("the strip", () => {
  it("says that the card that renews the plan expires, or was declined, before it does", () => {
    const withCard = (more: Partial<typeof CARD>) => ({ account: { cards: [{ ...CARD, ...more }] } });
    expect(told(withCard({ expMonth: 11, expYear: 2026 }))).toEqual({
      title: "Visa •••• 4242 expires at the end of 11/26",
      text: "Your Starter plan renews with it on Dec 4, 2026, for $299.00. Add another card before then.",
      step: { label: "Manage cards", href: "/settings/billing/payment-method" },
    });
    expect(told(withCard({ expMonth: 10, expYear: 2026 })).text).toContain("your bank may decline that");
    const at = plus(NOW, -HOUR_MS);
    expect(told(withCard({ declined: { at, code: "card_declined" } })).title).toBe(
      "Visa •••• 4242 was declined on Nov 21",
    );
    const bankAsked = { at, code: "payment_intent_authentication_failure" };
    expect(kindsOf(withCard({ declined: bankAsked }))).toEqual([]);
    expect(kindsOf(withCard({ paysRenewals: false, expMonth: 10, expYear: 2026 }))).toEqual([]);
    // Nobody asked it.
    for (const code of ["change_planned", "payments_unavailable", "unknown_price", null])
      expect(kindsOf(withCard({ declined: { at, code } }))).toEqual([]);
  });

  it("says nothing of a card that is still good when the plan renews, or where the plan does not", () => {
    const withCard = (card: Partial<typeof CARD>, subscription = SUBSCRIPTION) =>
      kindsOf({ account: { cards: [{ ...CARD, ...card }], subscription } });
    const december = { expMonth: 12, expYear: 2026 };
    expect(withCard(december)).toEqual([]);
    expect(withCard(december, { ...SUBSCRIPTION, renewsAt: plus(END, 31 * 24 * HOUR_MS) })).toEqual(["card"]);
    const november = { expMonth: 11, expYear: 2026 };
    expect(withCard(november, { ...SUBSCRIPTION, pendingChange: { kind: "cancel" } })).toEqual(["canceling"]);
  });

  it("speaks of the next payment alone where another plan is to come, and names no price that is not confirmed", () => {
    const textOf = (change: Partial<typeof SUBSCRIPTION>) =>
      told({
        account: {
          cards: [{ ...CARD, expMonth: 11, expYear: 2026 }],
          subscription: { ...SUBSCRIPTION, ...change },
        },
      }).text;
    const premium = { plan: planOf("premium"), interval: "month" as const };
    expect(textOf({ pendingChange: { kind: "change", ...premium } })).toBe(
      "The next payment, on Dec 4, 2026, is charged to it. Add another card before then.",
    );
    const next = {
      ...premium,
      quantity: 1,
      priceCents: PAYMENT.amountCents,
      creditsPerCycle: credits(40_000_000n),
    };
    expect(textOf({ next })).toBe(
      "The next payment, $499.00 on Dec 4, 2026, is charged to it. Add another card before then.",
    );
  });
});
