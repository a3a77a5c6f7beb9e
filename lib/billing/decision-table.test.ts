import { expect, it } from "vitest";
import { listTestsOf } from "../../dev/testing/named-tests";

/** What Stripe may say, and the test that holds what follows: each has one, and it is still there, runs and expects something. */
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
  [
    "lowered or raised with none",
    "allowances/table.test.ts",
    "gives nothing now, and its credits from the next period on",
  ],
  [
    "lowered by the customer",
    "subscriptions/ending.db.test.ts",
    "comes at the end of the cycle, and until then",
  ],
  ["paid late", "allowances/table.test.ts", "paid late: what was never given is given"],
  ["paid late, frozen to its end", "allowances/payments.test.ts", "gives again what was frozen to its end"],
  ["unpaid or paused", "allowances/subscriptions-table.test.ts", "I22: %s: nothing new"],
  ["unpaid: a way on", "subscriptions/standing.db.test.ts", "unpaid: the newest draft is shown, finalized"],
  [
    "a price rise scheduled by the operator",
    "subscriptions/operator-plans.db.test.ts",
    "shows a price rise that an operator scheduled",
  ],
  [
    "a year to a higher-priced year",
    "subscriptions/upgrade-terms.db.test.ts",
    "upgrades a year to a higher one at once",
  ],
  [
    "a year to months or lower",
    "subscriptions/year-to-less.db.test.ts",
    "gives every month of the year, and from its end on",
  ],
  ["an upgrade not paid", "subscriptions/upgrading.db.test.ts", "declined leaves everything as it was"],
  [
    "an upgrade while something is chosen",
    "subscriptions/second-thoughts.db.test.ts",
    "stands before an upgrade",
  ],
  [
    "an upgrade while the invoice is a draft",
    "subscriptions/upgrade-terms.db.test.ts",
    "says that the running period's draft is charged as well",
  ],
  [
    "an upgrade while the invoice is open",
    "subscriptions/upgrade-terms.db.test.ts",
    "has the running period's open invoice paid first",
  ],
  [
    "a refund of a paid plan invoice",
    "allowances/returns/settle.db.test.ts",
    "takes the share of what the invoice gave",
  ],
  ["a credit note of one", "allowances/returns/settle.db.test.ts", "takes its share where it pays back"],
  ["a credit note to zero", "allowances/table.test.ts", "a credit note for all of it is as void"],
  [
    "ended, with an agreement",
    "allowances/subscriptions-table.test.ts",
    "a subscription that ended leads back to the plan by agreement",
  ],
  [
    "ended, without one",
    "subscriptions/ending.db.test.ts",
    "is Free from the end of the cycle, to the second",
  ],
];

it.each(HELD)("%s is held by a test of its own", (_, file, test) => {
  const named = listTestsOf(new URL(file, import.meta.url)).filter(({ name }) => name.includes(test));
  expect(named).toEqual([{ name: expect.any(String), isSetAside: false, expects: true }]);
});
