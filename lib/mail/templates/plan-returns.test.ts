import { expect, it } from "vitest";
import { cents, credits } from "../../money/credits";
import type { MailFacts } from "../../outbox/kinds";
import type { MailContext } from "../context";
import { planDisputed, planDisputeWon, planRefunded, planRefundFailed } from "./plan-returns";

const to = { locale: "en-US" } as MailContext;
const facts: MailFacts<"plan_refunded"> = {
  ...{ invoiceId: "in_1", number: "A-1", plan: null },
  ...{ amountCents: cents(5_000n), returnedCents: cents(1_200n) },
  ...{ takenCredits: credits(0n), usedCredits: credits(0n) },
};

it("tells money in the invoice's currency, and that of a dispute in its own", () => {
  const yen = planRefunded({ ...facts, currency: "jpy" }, to);
  expect(yen.subject).toBe("Refund of ¥1,200 for your plan");
  expect(yen.facts).toContainEqual(["Amount paid", "¥5,000"]);
  const both = planDisputed({ ...facts, currency: "jpy", returnedCurrency: "eur" }, to);
  expect(both.heading).toContain("€12.00");
  expect(both.facts).toContainEqual(["Amount paid", "¥5,000"]);
});

it("tells what was queued before its currency was kept in dollars", () => {
  expect(planRefunded(facts, to).heading).toBe("$12.00 is on its way back to you");
});

it("says of a refund that came to nothing no more than that of this one, and who undid it", () => {
  const [failed] = planRefundFailed(facts, to).paragraphs;
  expect(failed).toMatch(/^Your bank sent this money back to us, so you do not have it\./);
  const [canceled] = planRefundFailed({ ...facts, canceled: true }, to).paragraphs;
  expect(canceled).toMatch(/^It was canceled before it reached you/);
  // Parts of the payment may have been refunded before.
  for (const sentence of [failed, canceled]) expect(sentence).not.toContain("nothing was refunded");
});

it("says of a dispute that nothing can be bought meanwhile, where that is so, and of one that was won what can be used", () => {
  const pauses = (pausesBuyingInDispute: boolean) =>
    planDisputed(facts, { ...to, pausesBuyingInDispute }).paragraphs.join(" ");
  expect(pauses(true)).toContain("Nothing can be bought for your account meanwhile.");
  expect(pauses(false)).not.toContain("bought");
  const won = (left?: "usable" | "frozen" | "none") => {
    const { subject, paragraphs } = planDisputeWon({ ...facts, ...(left && { left }) }, to);
    return [subject, ...paragraphs].join(" ");
  };
  // A mail that waited since an earlier release says what it did then.
  for (const letter of [won(), won("usable")]) expect(letter).toContain("can be used again");
  expect(won("frozen")).toContain("stays frozen for another reason");
  expect(won("none")).toContain("Nothing was left");
  for (const letter of [won("frozen"), won("none")]) expect(letter).not.toContain("can be used again");
});
