import type Stripe from "stripe";
import { idOf } from "./translate";

export type Schedule = Stripe.SubscriptionSchedule;
export type Phase = Schedule["phases"][number];
export type PhaseParams = Stripe.SubscriptionScheduleUpdateParams.Phase;
type ItemParams = PhaseParams["items"][number];
type Ids = readonly (string | { id: string })[] | null | undefined;

/** The phases after the running one, in order; all of them while none has begun. */
export function nextPhases({ current_phase, phases, status }: Schedule): readonly Phase[] {
  const from = current_phase?.end_date ?? (status === "not_started" ? 0 : Number.POSITIVE_INFINITY);
  return phases
    .filter((each) => each.start_date >= from)
    .toSorted((one, other) => one.start_date - other.start_date);
}

export const runningPhase = ({ current_phase, phases }: Schedule): Phase | null =>
  phases.find((each) => each.start_date === current_phase?.start_date) ?? null;

/**
 * A phase as it is. Updating a schedule replaces its phases: whatever of the running one is not said again is taken off
 * the subscription (documentation, "Update a schedule"; design note "Schedules"). What a phase adds once to its first
 * invoice was added when it began, and is said again only of those that are still to come.
 */
export function sameAgain(phase: Phase, { isComing }: { readonly isComing: boolean }): PhaseParams {
  const { start_date, end_date, billing_cycle_anchor, proration_behavior } = phase;
  const added = phase.add_invoice_items.map(toAddedParams);
  return {
    ...settingsOf(phase),
    items: phase.items.map(toItemParams),
    start_date,
    end_date,
    ...(billing_cycle_anchor ? { billing_cycle_anchor } : {}),
    proration_behavior,
    ...trialOf(phase),
    ...(isComing && added.length > 0 ? { add_invoice_items: added } : {}),
  };
}

const trialOf = ({ trial, trial_end }: Phase): Pick<PhaseParams, "trial" | "trial_end"> =>
  trial_end ? { trial_end } : trial ? { trial } : {};

/** What holds for everything that is billed in a phase: what comes after the running one has it as well. */
export function settingsOf(phase: Phase): Omit<PhaseParams, "items"> {
  const { automatic_tax, collection_method, description, metadata, invoice_settings, transfer_data } = phase;
  const { application_fee_percent, billing_thresholds } = phase;
  const taxRates = idsOf(phase.default_tax_rates);
  const [card, behalf] = [idOf(phase.default_payment_method), idOf(phase.on_behalf_of)];
  return {
    ...(automatic_tax ? { automatic_tax: toTaxParams(automatic_tax) } : {}),
    ...(taxRates.length > 0 ? { default_tax_rates: taxRates } : {}),
    ...(phase.discounts.length > 0 ? { discounts: phase.discounts.map(toDiscountParams) } : {}),
    ...(collection_method ? { collection_method } : {}),
    ...(invoice_settings ? { invoice_settings: toInvoiceParams(invoice_settings) } : {}),
    ...(card ? { default_payment_method: card } : {}),
    ...(description ? { description } : {}),
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(behalf ? { on_behalf_of: behalf } : {}),
    ...(application_fee_percent === null ? {} : { application_fee_percent }),
    ...(billing_thresholds ? { billing_thresholds: withoutNulls(billing_thresholds) } : {}),
    ...(transfer_data
      ? {
          transfer_data: {
            ...withoutNulls(transfer_data),
            destination: idOf(transfer_data.destination) ?? "",
          },
        }
      : {}),
  };
}

export function toItemParams(item: Phase["items"][number]): ItemParams {
  const { billing_thresholds, metadata, quantity } = item;
  const taxRates = idsOf(item.tax_rates);
  return {
    price: idOf(item.price) ?? "",
    // What is metered has none, and takes none.
    ...(quantity === undefined ? {} : { quantity }),
    ...(taxRates.length > 0 ? { tax_rates: taxRates } : {}),
    ...(item.discounts.length > 0 ? { discounts: item.discounts.map(toDiscountParams) } : {}),
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(billing_thresholds?.usage_gte
      ? { billing_thresholds: { usage_gte: billing_thresholds.usage_gte } }
      : {}),
  };
}

function toAddedParams(
  added: Phase["add_invoice_items"][number],
): NonNullable<PhaseParams["add_invoice_items"]>[number] {
  const { discountable, metadata, period, quantity } = added;
  const taxRates = idsOf(added.tax_rates);
  return {
    price: idOf(added.price) ?? "",
    ...(quantity === null ? {} : { quantity }),
    ...(discountable === null ? {} : { discountable }),
    ...(taxRates.length > 0 ? { tax_rates: taxRates } : {}),
    ...(added.discounts.length > 0 ? { discounts: added.discounts.map(toDiscountParams) } : {}),
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
    period,
  };
}

/** One that is there is used again: a coupon named anew would begin anew. */
function toDiscountParams({ coupon, discount, promotion_code }: Phase["discounts"][number]) {
  const [known, code] = [idOf(discount), idOf(promotion_code)];
  if (known) return { discount: known };
  return code ? { promotion_code: code } : { coupon: idOf(coupon) ?? "" };
}

function toTaxParams({ enabled, liability }: NonNullable<Phase["automatic_tax"]>) {
  return { enabled, ...(liability ? { liability: toOwnerParams(liability) } : {}) };
}

function toInvoiceParams(settings: NonNullable<Phase["invoice_settings"]>) {
  const { account_tax_ids, custom_fields, days_until_due, description, footer, issuer } = settings;
  return {
    ...(account_tax_ids ? { account_tax_ids: idsOf(account_tax_ids) } : {}),
    ...(custom_fields ? { custom_fields } : {}),
    ...(days_until_due === null ? {} : { days_until_due }),
    ...(description ? { description } : {}),
    ...(footer ? { footer } : {}),
    ...(issuer ? { issuer: toOwnerParams(issuer) } : {}),
  };
}

const toOwnerParams = <T extends string>({
  account,
  type,
}: {
  readonly account?: string | { id: string };
  readonly type: T;
}) => ({ type, ...(account ? { account: idOf(account) ?? "" } : {}) });

const idsOf = (references: Ids): string[] => (references ?? []).flatMap((each) => idOf(each) ?? []);

type WithoutNulls<T> = { [key in keyof T]?: NonNullable<T[key]> };

const withoutNulls = <T extends object>(given: T): WithoutNulls<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as WithoutNulls<T>;
