import type { Told } from "./billing/told";
import { toPublicId } from "./ids";
import type { Logger } from "./log";

/** Writes a line about what happened to money: what, whose, of which order or payment, and what it came to. */
export function logMoney(log: Pick<Logger, "info">, told: Told): void {
  switch (told.kind) {
    case "order":
    case "order_parked":
    case "attempt": {
      const { kind: event, accountId, orderId, outcome, attempt } = { attempt: null, ...told };
      const code = told.kind === "attempt" ? told.code : null;
      const facts = {
        event,
        account: toPublicId("account", accountId),
        order: toPublicId("order", orderId),
        outcome,
      };
      log.info({ ...facts, ...(attempt !== null && { attempt }), ...(code && { code }) }, "money");
      break;
    }
    case "plan_payment": {
      const { kind: event, accountId, paymentId, payment, outcome, code } = told;
      const account = toPublicId("account", accountId);
      const facts = { event, account, planPayment: toPublicId("planPayment", paymentId), payment, outcome };
      log.info({ ...facts, ...(code && { code }) }, "money");
      break;
    }
    case "event_handled":
      log.info({ event: told.kind, stripeEvent: told.eventId, type: told.type }, "an event was handled");
  }
}
