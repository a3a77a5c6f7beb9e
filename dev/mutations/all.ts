import { BILLING } from "./billing";
import { DESK_AND_BOOKS } from "./desk";
import { LEDGER_RULES } from "./ledger-rules";
import { LEDGER_WRITER } from "./ledger-writer";
import type { Mutation } from "./mutation";
import { ORDERS_AND_EVENTS } from "./orders";
import { RETURNS_OF_INVOICES, RETURNS_OF_ORDERS } from "./returns";

/** Every seeded bug. */
export const MUTATIONS: readonly Mutation[] = [
  ...LEDGER_RULES,
  ...LEDGER_WRITER,
  ...BILLING,
  ...RETURNS_OF_ORDERS,
  ...RETURNS_OF_INVOICES,
  ...ORDERS_AND_EVENTS,
  ...DESK_AND_BOOKS,
];
