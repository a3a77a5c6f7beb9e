import type { Told } from "../billing/told";
import { boundedLabels, series } from "./series";

const reasonLabel = boundedLabels(60);
const eventLabel = boundedLabels(100);

/** Counts what billing told of. */
export function countTold(told: Told): void {
  const { orders, attempts, planPayments, eventAge } = series();
  switch (told.kind) {
    case "order":
    case "order_parked":
      orders.inc({ outcome: told.outcome });
      break;
    case "attempt":
      attempts.inc({ outcome: told.outcome, reason: told.code ? reasonLabel(told.code) : "none" });
      break;
    case "plan_payment":
      planPayments.inc({ payment: told.payment, outcome: told.outcome });
      break;
    case "event_handled":
      eventAge.observe({ type: eventLabel(told.type) }, told.ageSeconds);
      break;
  }
}
