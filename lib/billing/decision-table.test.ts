import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** What Stripe may say, and the test that holds what follows: each has one, and it is still there. */
const HELD: readonly (readonly [what: string, file: string, test: string])[] = [
  ["a paid line", "allowances/decide.test.ts", "I13: gives a paid month once"],
  [
    "a renewal that is a draft or open",
    "allowances/table.test.ts",
    "under way or sent by mail, is given ahead",
  ],
  [
    "a bank debit under way",
    "subscriptions/operator-edits-items.db.test.ts",
    "a renewal by bank debit may be spent",
  ],
  ["a renewal that failed", "allowances/decide.test.ts", "I20: freezes what failed"],
  ["a later invoice paid", "allowances/payments.test.ts", "is closed out by a later invoice that is paid"],
  [
    "an unreadable price",
    "subscriptions/operator-edits-price.db.test.ts",
    "keeps a plan that was moved to a negotiated price",
  ],
  ["another currency", "subscriptions/operator-edits-price.db.test.ts", "takes a price in another currency"],
  ["the item is gone", "allowances/table.test.ts", "the item we knew is gone"],
  ["raised with prorations", "allowances/decide.test.ts", "gives the difference's share"],
  ["a cycle reset", "subscriptions/operator-edits-cycle.db.test.ts", "gives one allowance for one payment"],
  [
    "a period without a line",
    "subscriptions/operator-edits-items.db.test.ts",
    "a period for which no invoice has a line",
  ],
  ["voided", "subscriptions/operator-edits-invoices.db.test.ts", "revokes what is left of a voided renewal"],
  [
    "uncollectible",
    "subscriptions/operator-edits-invoices.db.test.ts",
    "keeps an uncollectible renewal frozen",
  ],
  ["collection paused", "subscriptions/operator-edits-items.db.test.ts", "three months of paused collection"],
  ["a trial", "allowances/paid-lines.test.ts", "gives its share once an account"],
  [
    "a trial without a card",
    "subscriptions/operator-edits-items.db.test.ts",
    "a trial that ended without a card",
  ],
  ["incomplete", "allowances/subscriptions-table.test.ts", "incomplete never was a plan"],
  ["canceled at once", "subscriptions/operator-edits-invoices.db.test.ts", "lets what was paid for run"],
  [
    "two subscriptions",
    "subscriptions/operator-edits-invoices.db.test.ts",
    "counts a second subscription that is paid",
  ],
  [
    "a year that becomes another",
    "allowances/subscriptions-table.test.ts",
    "I24: a year that becomes another year",
  ],
  ["a quantity", "subscriptions/operator-edits-items.db.test.ts", "as many pieces as an operator set"],
  ["another product's item", "subscriptions/operator-edits-items.db.test.ts", "an item of another product"],
  [
    "a long invoice",
    "subscriptions/operator-edits-items.db.test.ts",
    "many prorations before the plan's line",
  ],
  [
    "a declined change of interval",
    "subscriptions/operator-edits-items.db.test.ts",
    "a month that the customer makes a year",
  ],
];

it.each(HELD)("%s is held by a test of its own", (_, file, test) => {
  expect(readFileSync(new URL(file, import.meta.url), "utf8")).toContain(test);
});
