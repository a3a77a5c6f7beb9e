import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../build";
import { BILLING } from "./billing";
import { LEDGER_RULES } from "./ledger-rules";
import { LEDGER_WRITER } from "./ledger-writer";
import { ORDERS_AND_EVENTS } from "./orders";
import { RETURNS_OF_INVOICES, RETURNS_OF_ORDERS } from "./returns";

it.each(
  [
    ...LEDGER_RULES,
    ...LEDGER_WRITER,
    ...BILLING,
    ...RETURNS_OF_ORDERS,
    ...RETURNS_OF_INVOICES,
    ...ORDERS_AND_EVENTS,
  ].map((each) => [each.name, each] as const),
)("the seeded bug «%s» is of a line that stands in its file exactly once", (_, { file, right, wrong }) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  expect(text.split(right).length - 1).toBe(1);
  expect(text.replace(right, wrong)).not.toBe(text);
});
