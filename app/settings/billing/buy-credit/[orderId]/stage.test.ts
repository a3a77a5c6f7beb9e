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
