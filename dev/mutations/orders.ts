import type { Mutation } from "./mutation";

const ORDERS = "lib/billing/orders";

/** Bugs of buying: what real products got wrong between a click and a charge. */
export const ORDERS_AND_EVENTS: readonly Mutation[] = [
  {
    name: "ask again under a new key",
    file: `${ORDERS}/charge.ts`,
    right: "key: attempt.idempotencyKey,",
    wrong: "key: attempt.idempotencyKey + process.hrtime.bigint(),",
    proof: "orders",
  },
  {
    name: "take a look-up that was refused for a payment that failed",
    file: `${ORDERS}/ask-payment.ts`,
    right: "const found = refusedIsUnknown(await gateway.findPayment(id));",
    wrong: "const found = await gateway.findPayment(id);",
    proof: "orders",
  },
  {
    name: "take a list that nobody read for an empty one",
    file: `${ORDERS}/ask-payment.ts`,
    right: 'if (listed.kind !== "answered") return refusedIsUnknown(listed);',
    wrong: 'if (listed.kind !== "answered") return { kind: "refused", code: "never_charged" };',
    proof: "orders",
  },
  {
    name: "take a payment that is canceled for the order's",
    file: `${ORDERS}/payment-unknown.ts`,
    right: "if (!payment) return false;",
    wrong: "return false;",
    proof: "orders",
  },
  {
    name: "give the credits of a dear order for a cheap payment",
    file: `${ORDERS}/payment-matches.ts`,
    right: 'if (payment.amountCents !== order.amountCents) return "another amount";',
    wrong: "",
    proof: "matches",
  },
  {
    name: "give credits for what another customer paid",
    file: `${ORDERS}/payment-matches.ts`,
    right: 'if (!attempt || payment.customerId !== attempt.customerId) return "payment of another customer";',
    wrong: "",
    proof: "matches",
  },
  {
    name: "give credits for another order's payment",
    file: `${ORDERS}/payment-matches.ts`,
    right: "if (payment.orderId !== order.id || payment.accountId !== order.accountId)",
    wrong: "if (payment.accountId !== order.accountId)",
    proof: "matches",
  },
  {
    name: "begin an attempt while another is under way",
    file: `${ORDERS}/confirm.ts`,
    right: 'if (order.status !== "pending" && order.status !== "declined")',
    wrong: 'if (order.status === "paid")',
    proof: "orders",
  },
  {
    name: "check and write without the account's lock",
    file: "lib/billing/account.ts",
    right: "eq(accounts.id, id)).for(NOT_ITS_KEY)",
    wrong: "eq(accounts.id, id))",
    proof: "orders",
  },
  {
    name: "sell to whom nothing may be sold any more",
    file: `${ORDERS}/confirm.ts`,
    right: "if (!mayBuy.ok) return mayBuy;",
    wrong: "",
    proof: "buyers",
  },
  {
    name: "charge for a cycle that is over",
    file: `${ORDERS}/confirm.ts`,
    right:
      'if (order.expiresAt.getTime() !== account.periodEnd.getTime()) return err({ code: "order_out_of_date" });',
    wrong: "",
    proof: "buyers",
  },
  {
    name: "charge a card of another account",
    file: "lib/billing/cards/choose.ts",
    right: ".where(and(eq(paymentMethods.accountId, account.id), isNull(paymentMethods.removeRequestedAt))),",
    wrong: ".where(isNull(paymentMethods.removeRequestedAt)),",
    proof: "buyers",
  },
  {
    name: "let somebody try stolen cards in parallel",
    file: "lib/billing/cards/choose.ts",
    right: 'inArray(attempts.status, ["started", "declined"]),',
    wrong: 'inArray(attempts.status, ["declined"]),',
    proof: "orders",
  },
  {
    name: "cancel what was left lying without asking Stripe",
    file: `${ORDERS}/sweep.ts`,
    right: "else if (cancelRequestedAt !== null || !(await hasUnknownPayment(deps, ref)))",
    wrong: "else",
    proof: "orders",
  },
  {
    name: "let a late failure end what a newer attempt began",
    file: `${ORDERS}/settle.ts`,
    right: "if (!asking || order.paidAt) return order.status;",
    wrong: "if (!asking) return order.status;",
    proof: "orders",
  },
  {
    name: "acknowledge an event before its effect",
    file: `${ORDERS}/settle.ts`,
    right: "if (!unknown) await options.also?.(tx);",
    wrong: "await options.also?.(tx);",
    proof: "events",
  },
  {
    name: "store an event and forget its job",
    file: "lib/stripe/webhook.ts",
    right: "if (stored.length > 0) await enqueueEvent(tx, event.id, { planCustomer });",
    wrong: "",
    proof: "deliveries",
  },
  {
    name: "take an event that nobody signed",
    file: "lib/stripe/webhook.ts",
    right: "if (!settings.secrets.some((secret) => isSigned(secret, delivery)))",
    wrong: "if (settings.secrets.length === 0)",
    proof: "deliveries",
  },
];
