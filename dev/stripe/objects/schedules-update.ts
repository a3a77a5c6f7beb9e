import { idOf } from "../ids";
import { invalidParameter, refused } from "../wire/errors";
import type { Work } from "../work";
import type { AddedItem } from "./added-items";
import { clockOf, schedule as scheduleJob } from "./clock";
import type { DiscountRequest } from "./discounts";
import { getPrice } from "./prices";
import type { Phase } from "./schedules-items";
import type { Schedule } from "./schedules-rows";
import { priceToSubscribe } from "./subscription-create";
import { type BillingInterval, boundary } from "./subscription-periods";
import { billingIntervalOf } from "./subscription-rows";
import { taxRatesBy } from "./tax-rates";

export type PhaseRequest = {
  items: {
    price: string;
    quantity?: number;
    metadata?: Record<string, string> | null;
    tax_rates?: string[];
  }[];
  add_invoice_items?: AddedItem[];
  automatic_tax?: { enabled: boolean };
  default_tax_rates?: string[];
  discounts?: DiscountRequest[];
  trial?: boolean;
  trial_end?: number | "now";
  start_date?: number | "now";
  end_date?: number | "now";
  duration?: { interval: BillingInterval["interval"]; interval_count?: number };
  billing_cycle_anchor?: "automatic" | "phase_start";
  collection_method?: Phase["collection_method"];
  default_payment_method?: string;
  description?: string | null;
  invoice_settings?: { days_until_due?: number };
  metadata?: Record<string, string> | null;
  proration_behavior?: Phase["proration_behavior"];
};

/** The phases of a schedule as asked for, each beginning where the one before it ends. */
export function readPhases(
  work: Work,
  asked: PhaseRequest[],
  { now, currency, current }: { now: number; currency: string; current?: Schedule },
): Phase[] {
  if (asked.length === 0) throw invalidParameter("You must pass at least one phase.", "phases");
  const phases: Phase[] = [];
  for (const [index, request] of asked.entries()) {
    const start = startOf(request, phases.at(-1), index, now);
    phases.push(
      phaseFrom(work, request, { start, end: endOf(work, request, start, index, now), index, currency }),
    );
  }
  if (current) assertRunningPhaseKept(current, phases, now);
  return phases;
}

function startOf(request: PhaseRequest, previous: Phase | undefined, index: number, now: number): number {
  const given = request.start_date === "now" ? now : request.start_date;
  if (!previous) {
    if (given !== undefined) return given;
    throw invalidParameter("The first phase must have a start_date.", "phases[0][start_date]");
  }
  if (given !== undefined && given !== previous.end_date)
    throw refused("The start date of a phase must be the end date of the phase before it.", {
      param: `phases[${index}][start_date]`,
    });
  return previous.end_date;
}

function endOf(work: Work, request: PhaseRequest, start: number, index: number, now: number): number {
  const { duration, end_date, items } = request;
  if (duration && end_date !== undefined)
    throw invalidParameter("You may only specify one of these parameters: end_date, duration.");
  const first = items[0];
  if (!first) throw invalidParameter("A phase needs items.", `phases[${index}][items]`);
  const billingInterval: BillingInterval = duration
    ? { interval: duration.interval, interval_count: duration.interval_count ?? 1 }
    : billingIntervalOf(priceOf(work, first.price, index, 0));
  const end = end_date === "now" ? now : (end_date ?? boundary(start, billingInterval, 1));
  if (end <= start)
    throw refused("A phase must end after it starts.", { param: `phases[${index}][end_date]` });
  return end;
}

function priceOf(work: Work, id: string, phase: number, item: number) {
  const param = `phases[${phase}][items][${item}][price]`;
  // A price that is no longer on sale may still be what somebody has.
  return phase === 0 ? getPrice(work, id, param) : priceToSubscribe(work, id, param);
}

function phaseFrom(
  work: Work,
  request: PhaseRequest,
  at: { start: number; end: number; index: number; currency: string },
): Phase {
  const named = `phases[${at.index}]`;
  const { add_invoice_items = [], automatic_tax, default_tax_rates = [], discounts = [] } = request;
  return {
    add_invoice_items: add_invoice_items.map(({ price, quantity = 1 }) => ({
      discountable: null,
      discounts: [],
      metadata: {},
      period: { end: { type: "phase_end" }, start: { type: "phase_start" } },
      price,
      quantity,
      tax_rates: [],
    })),
    application_fee_percent: null,
    ...(automatic_tax
      ? { automatic_tax: { disabled_reason: null, enabled: automatic_tax.enabled, liability: null } }
      : {}),
    billing_cycle_anchor: request.billing_cycle_anchor ?? null,
    billing_thresholds: null,
    collection_method: request.collection_method ?? null,
    currency: at.currency,
    default_payment_method: request.default_payment_method ?? null,
    default_tax_rates: taxRatesBy(work, default_tax_rates, `${named}[default_tax_rates]`),
    description: request.description ?? null,
    discounts: discounts.map(({ coupon = null, discount = null }) => ({
      coupon,
      discount,
      promotion_code: null,
    })),
    end_date: at.end,
    invoice_settings: request.invoice_settings
      ? {
          account_tax_ids: null,
          custom_fields: null,
          days_until_due: request.invoice_settings.days_until_due ?? null,
          description: null,
          footer: null,
          issuer: null,
        }
      : null,
    items: request.items.map(({ price, quantity = 1, metadata, tax_rates = [] }, index) => {
      const { id } = priceOf(work, price, at.index, index);
      return {
        billing_thresholds: null,
        discounts: [],
        metadata: metadata ?? {},
        plan: id,
        price: id,
        quantity,
        tax_rates: taxRatesBy(work, tax_rates, `${named}[items][${index}][tax_rates]`),
      };
    }),
    metadata: request.metadata ?? {},
    on_behalf_of: null,
    proration_behavior: request.proration_behavior ?? "create_prorations",
    start_date: at.start,
    transfer_data: null,
    trial_end: trialEndOf(request, at),
  };
}

/** A trial may take the whole phase, and no more of time than that. */
function trialEndOf({ trial, trial_end }: PhaseRequest, at: { end: number; index: number }): number | null {
  if (trial && trial_end !== undefined)
    throw invalidParameter("You may only specify one of these parameters: trial, trial_end.");
  if (trial) return at.end;
  if (trial_end === undefined || trial_end === "now") return null;
  if (trial_end <= at.end) return trial_end;
  throw refused("The trial of a phase must end before the phase does.", {
    param: `phases[${at.index}][trial_end]`,
  });
}

/** What is running began when it began; what it sells may be changed (documentation, "Update a schedule"). */
function assertRunningPhaseKept(current: Schedule, phases: Phase[], now: number): void {
  const was = current.phases.find(({ start_date }) => start_date === current.current_phase?.start_date);
  const is = phases.find(({ start_date, end_date }) => start_date <= now && now < end_date);
  if (was && is?.start_date !== was.start_date)
    throw refused("The phases must begin with the current phase, at its start_date.", {
      param: "phases[0][start_date]",
    });
}

/** Looks at the schedule again whenever a phase ends. */
export function scheduleAdvance(work: Work, schedule: Schedule): void {
  const clock = clockOf(work, idOf(schedule.customer));
  const starts = schedule.status === "not_started" ? schedule.phases.slice(0, 1) : [];
  const instants = [
    ...starts.map(({ start_date }) => start_date),
    ...schedule.phases.map((each) => each.end_date),
  ];
  for (const instant of instants)
    scheduleJob(work, { kind: "advance_schedule", target: schedule.id, atMs: instant * 1000, clock });
}
