import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit } from "./events";

type Warning = Stripe.Radar.EarlyFraudWarning;

/**
 * The payer's bank suspects fraud, and no money moves: https://docs.stripe.com/disputes/monitoring-programs. The object is as
 * in events of others that lie open (`issfr_…`).
 */
export function warnOfFraud(work: Work, charge: Stripe.Charge, fraudType: string): Warning {
  const intent = idOf(charge.payment_intent);
  const warning = work.store.put("radar.early_fraud_warning", {
    id: newId("issfr"),
    object: "radar.early_fraud_warning",
    actionable: !charge.refunded && !charge.disputed,
    charge: charge.id,
    created: work.now,
    fraud_type: fraudType,
    livemode: false,
    ...(intent ? { payment_intent: intent } : {}),
  });
  emit(work, "radar.early_fraud_warning.created", warning);
  return warning;
}

/** `actionable` is what it is when it is asked for: a dispute or a full refund ends it, and nobody recorded an event of that. */
const shownNow = (work: Work, warning: Warning): Warning => {
  const charge = work.store.get("charge", idOf(warning.charge) ?? "");
  return { ...warning, actionable: charge !== undefined && !charge.refunded && !charge.disputed };
};

export const fraudWarningRoutes: Route[] = [
  route(
    "GET",
    "/v1/radar/early_fraud_warnings",
    { ...pageShape, charge: word, created, payment_intent: word },
    (work, params) => {
      const rows = work.store
        .list("radar.early_fraud_warning")
        .filter((warning) => within(warning.created, params.created))
        .filter((warning) => !params.charge || warning.charge === params.charge)
        .filter((warning) => !params.payment_intent || warning.payment_intent === params.payment_intent)
        .map((warning) => shownNow(work, warning));
      return pageOf(rows, params, "/v1/radar/early_fraud_warnings", "early fraud warning");
    },
  ),
  route("GET", "/v1/radar/early_fraud_warnings/:id", {}, (work, _params, id) => {
    const warning = work.store.get("radar.early_fraud_warning", id);
    if (!warning) throw missing("early fraud warning", id);
    return shownNow(work, warning);
  }),
];
