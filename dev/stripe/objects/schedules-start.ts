import { idOf, newId } from "../ids";
import { invalidParameter } from "../wire/errors";
import type { Work } from "../work";
import type { AddedItem } from "./added-items";
import { clockOf, nowOf } from "./clock";
import { getCustomer } from "./customers";
import type { DiscountRequest } from "./discounts";
import { emit, emitChange } from "./events";
import { getPrice } from "./prices";
import { settingsOfPhase } from "./schedules-items";
import { getSchedule, type Schedule } from "./schedules-rows";
import { type PhaseRequest, readPhases, scheduleAdvance } from "./schedules-update";
import { beginSubscription, collectFirst } from "./subscription-create";
import { cardOf, getSubscription, isInTrial, periodEnd, type Subscription } from "./subscription-rows";

export type DefaultSettings = Partial<
  Pick<
    Schedule["default_settings"],
    "billing_cycle_anchor" | "collection_method" | "description" | "default_payment_method"
  >
> & { automatic_tax?: { enabled: boolean }; invoice_settings?: { days_until_due?: number } };

/** One phase: what the subscription is in now, until its period ends. */
export function scheduleFrom(work: Work, subscription: Subscription): Schedule {
  const customer = idOf(subscription.customer) ?? "";
  const start_date = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const end_date = periodEnd(subscription);
  const items = subscription.items.data.map(({ price, quantity = 1, metadata }) => ({
    price: price.id,
    quantity,
    metadata,
  }));
  const discounts = subscription.discounts.map((each) => ({ discount: idOf(each) ?? "" }));
  const { currency } = subscription;
  const now = nowOf(work, customer);
  return {
    ...blankSchedule(work, customer),
    current_phase: { end_date, start_date },
    default_settings: withDefaults(blankSchedule(work, customer).default_settings, {
      automatic_tax: { enabled: subscription.automatic_tax.enabled },
      collection_method: subscription.collection_method,
      default_payment_method: idOf(subscription.default_payment_method),
      description: subscription.description,
      invoice_settings: subscription.days_until_due ? { days_until_due: subscription.days_until_due } : {},
    }),
    end_behavior: subscription.cancel_at_period_end ? "cancel" : "release",
    phases: readPhases(work, [{ discounts, items, start_date, end_date }], { now, currency }).map(
      (phase) => ({
        ...phase,
        default_tax_rates: subscription.default_tax_rates,
        items: phase.items.map((item, index) => ({
          ...item,
          tax_rates: subscription.items.data[index]?.tax_rates ?? [],
        })),
        trial_end: isInTrial(subscription, now) ? subscription.trial_end : null,
      }),
    ),
    status: "active",
    subscription: subscription.id,
  };
}

export type NewSchedule = {
  customer?: string;
  start_date?: number | "now";
  phases?: PhaseRequest[];
  end_behavior?: "cancel" | "release";
  default_settings?: DefaultSettings;
};

/** As an operator makes one in the dashboard, with a subscription of its own that begins when it does. */
export function newSchedule(work: Work, given: NewSchedule): Schedule {
  if (!given.customer)
    throw invalidParameter("You must pass either customer or from_subscription.", "customer");
  const { id: customer } = getCustomer(work, given.customer, "customer");
  const now = nowOf(work, customer);
  const [first, ...others] = given.phases ?? [];
  if (!first) throw invalidParameter("You must pass at least one phase.", "phases");
  const currency = getPrice(work, first.items[0]?.price ?? "", "phases[0][items][0][price]").currency;
  const asked = [{ start_date: given.start_date ?? "now", ...first }, ...others];
  const blank = blankSchedule(work, customer);
  return {
    ...blank,
    default_settings: withDefaults(blank.default_settings, given.default_settings ?? {}),
    end_behavior: given.end_behavior ?? "release",
    phases: readPhases(work, asked, { now, currency }),
  };
}

/** Its first phase has come: the subscription begins. */
export function startSchedule(work: Work, id: string): void {
  const schedule = getSchedule(work, id);
  const customer = idOf(schedule.customer) ?? "";
  const [phase] = schedule.phases;
  if (!phase || phase.start_date > nowOf(work, customer) || !work.store.get("customer", customer)) return;
  const wanted = phase.items.map(({ price, quantity = 1, metadata, tax_rates }) => ({
    price: getPrice(work, idOf(price) ?? ""),
    quantity,
    metadata: metadata ?? {},
    taxRates: tax_rates ?? [],
  }));
  const more = {
    ...settingsOfPhase(work, schedule, phase, { metadata: {} }),
    schedule: id,
  };
  const begun = beginSubscription(work, {
    customer,
    wanted,
    prorate: true,
    trialEnd: phase.trial_end,
    discounts: discountsOfPhase(phase),
    added: addedByPhase(phase),
    more,
  });
  const { start_date, end_date } = phase;
  const started = work.store.update("subscription_schedule", id, {
    current_phase: { start_date, end_date },
    status: "active",
    subscription: begun.subscription.id,
  });
  emitChange(work, "subscription_schedule.updated", schedule, started);
  const { subscription } = begun;
  if (cardOf(work, getSubscription(work, subscription.id)))
    collectFirst(work, begun, "allow_incomplete", true);
}

/** What a phase asks for, in the words of a request. */
export function discountsOfPhase({ discounts }: Schedule["phases"][number]): DiscountRequest[] {
  return discounts.map(({ coupon, discount }) =>
    discount ? { discount: idOf(discount) ?? "" } : { coupon: idOf(coupon) ?? "" },
  );
}

export function addedByPhase({ add_invoice_items }: Schedule["phases"][number]): AddedItem[] {
  return add_invoice_items.map(({ price, quantity }) => ({
    price: idOf(price) ?? "",
    quantity: quantity ?? 1,
  }));
}

export function putSchedule(work: Work, schedule: Schedule): Schedule {
  const row = work.store.put("subscription_schedule", schedule);
  emit(work, "subscription_schedule.created", row);
  scheduleAdvance(work, row);
  return row;
}

export function withDefaults(
  known: Schedule["default_settings"],
  given: DefaultSettings,
): Schedule["default_settings"] {
  const { automatic_tax, invoice_settings, ...others } = given;
  const named = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  const days_until_due = invoice_settings?.days_until_due ?? known.invoice_settings.days_until_due;
  const enabled = automatic_tax?.enabled ?? known.automatic_tax?.enabled ?? false;
  return {
    ...known,
    ...named,
    automatic_tax: { disabled_reason: null, enabled, liability: null },
    invoice_settings: { ...known.invoice_settings, days_until_due },
  };
}

function blankSchedule(work: Work, customer: string): Schedule {
  return {
    id: newId("sub_sched"),
    object: "subscription_schedule",
    application: null,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    canceled_at: null,
    completed_at: null,
    created: nowOf(work, customer),
    current_phase: null,
    customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      automatic_tax: { disabled_reason: null, enabled: false, liability: null },
      billing_cycle_anchor: "automatic",
      billing_thresholds: null,
      collection_method: "charge_automatically",
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: "self" },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: "release",
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: [],
    released_at: null,
    released_subscription: null,
    status: "not_started",
    subscription: null,
    test_clock: clockOf(work, customer),
  };
}
