import { expect, it } from "vitest";
import type { OrderView } from "@/lib/billing/orders/queries";
import { messageOf, type Stage, titleOf } from "./stage";

it("the title of an order's page tells its states apart, and names the order in each", () => {
  const stages: readonly Stage[] = [
    "review",
    "again",
    "outdated",
    "confirming",
    "bank",
    "paid",
    "refunded",
    "disputed",
    "canceled",
    "canceling",
    "by_hand",
  ];
  const titles = stages.map((stage) => titleOf(stage, { reference: "CR-7F3K-20" }));
  expect(titles.slice(0, 2)).toEqual(["Confirm order CR-7F3K-20", "Declined, CR-7F3K-20"]);
  expect(titles[5]).toBe("Paid, CR-7F3K-20");
  expect(new Set(titles).size).toBe(stages.length);
  expect(titles.every((title) => title.endsWith(" CR-7F3K-20"))).toBe(true);
});

it.each([
  [0n, "2026-12-11", "800,000 credits were added. You can use them until Dec 11, 2026, 00:00 UTC."],
  [0n, "2026-10-11", "800,000 credits were added. They expired on Oct 11, 2026, 00:00 UTC."],
  [
    640_000n,
    "2026-12-11",
    "800,000 credits were added. 640,000 of them paid back what you owed. You can use the rest until Dec 11, 2026, 00:00 UTC.",
  ],
  [
    640_000n,
    "2026-10-11",
    "800,000 credits were added. 640,000 of them paid back what you owed. The rest expired on Oct 11, 2026, 00:00 UTC.",
  ],
  [800_000n, "2026-10-11", "800,000 credits were added. All of them paid back what you owed."],
])(
  "a paid order of which %s paid a debt and which ends on %s says what is true now",
  (paidBack, end, text) => {
    const order = { credits: 800_000n, paidBack, expiresAt: new Date(end) } as unknown as OrderView;
    const where = { locale: "en-US", timeZone: "UTC", now: new Date("2026-11-29"), isSeen: true };
    expect(messageOf("paid", order, where)).toEqual({ title: "Payment received", text });
  },
);

const RETURNS = {
  refundedCents: 0n,
  comingCents: 0n,
  lostCents: 0n,
  requestedCents: 0n,
  disputedCents: 0n,
  takenCredits: 0n,
  usedCredits: 0n,
};
const taken = { takenCredits: 400_000n, usedCredits: 0n };

it.each([
  [
    "refunded",
    "partially_refunded",
    { refundedCents: 500n, ...taken },
    "$5.00 was refunded to the card you paid with. Banks usually take 5 to 10 days to show it. 400,000 credits of the order were taken back for it. You can use the order's other credits until Dec 11, 2026, 00:00 UTC.",
  ],
  [
    "refunded",
    "partially_refunded",
    { refundedCents: 500n, comingCents: 200n, ...taken },
    "$3.00 was refunded to the card you paid with. Banks usually take 5 to 10 days to show it. $2.00 is on its way back to the card you paid with, and not confirmed yet. 400,000 credits of the order were taken back for it. You can use the order's other credits until Dec 11, 2026, 00:00 UTC.",
  ],
  [
    "refunded",
    "refunded",
    { lostCents: 1_000n, takenCredits: 800_000n, usedCredits: 300_000n },
    "$10.00 went back to you, as your bank decided. 800,000 credits of the order were taken back for it. 300,000 of them had been used: that counts as owed, and the next credits you get pay it first.",
  ],
  [
    "paid",
    "paid",
    { requestedCents: 500n, ...taken },
    "A refund of $5.00 is being confirmed. The credits it is for cannot be used meanwhile.",
  ],
  [
    "disputed",
    "disputed",
    {},
    "Your bank has taken back the money for now. Until it decides, what is left of this order's credits cannot be used. If nobody in your team meant to dispute the payment, tell your bank that it was right and that the dispute is withdrawn; otherwise there is nothing to do.",
  ],
] as const)(
  "an order of which money went back (%s, %s) does not say that all its credits are there",
  (stage, status, returns, text) => {
    const order = {
      status,
      credits: 800_000n,
      paidBack: 0n,
      expiresAt: new Date("2026-12-11"),
      returns: { ...RETURNS, ...returns },
    } as unknown as OrderView;
    const where = { locale: "en-US", timeZone: "UTC", now: new Date("2026-11-29"), isSeen: true };
    expect(messageOf(stage, order, where).text).toBe(text);
  },
);
