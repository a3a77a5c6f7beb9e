import { expect, it } from "vitest";
import { seesPayments } from "@/lib/stripe/access/access";
import { confirmingMessage } from "./sentences";

const now = new Date("2026-11-29T12:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

it("a payment without an answer is said to be at the bank for as long as it may be", () => {
  const titles = (isSeen: boolean) =>
    [1_000, 60_000, 121_000, 86_400_000].map((ms) => confirmingMessage(ago(ms), { isSeen, now }).title);
  const [bank, unknown] = ["Confirming with your bank", "Not confirmed yet"];
  expect(titles(true)).toEqual([bank, bank, unknown, unknown]);
  expect(titles(false)).toEqual([unknown, unknown, unknown, unknown]);
  const texts = new Set([false, true].map((isSeen) => confirmingMessage(ago(200_000), { isSeen, now }).text));
  expect(texts.size).toBe(2); // That payments are not available is said only where they are not.
});

it("payments are seen where Stripe is asked and may be", () => {
  const open = { pausedFor: null, notAllowed: [] } as const;
  expect(seesPayments(open)).toBe(true);
  expect(seesPayments({ ...open, pausedFor: "key_refused" })).toBe(false);
  for (const what of ["GET /v1/invoices", "POST /v1/subscriptions/*", "GET /v1/payment_intents/*"])
    expect([what, seesPayments({ ...open, notAllowed: [what] })]).toEqual([what, false]);
  for (const what of ["POST /v1/billing_portal/sessions", "GET /v1/customersx", "POST /v1/refunds"])
    expect([what, seesPayments({ ...open, notAllowed: [what] })]).toEqual([what, true]);
});
