/** What a line of the comparison says: why it cannot be explained, and what an operator does. */
const KINDS = {
  charge_without_order: {
    why: "Stripe took this for an order that is not here.",
    toDo: "The database may be an older one that was restored: npm run recover. Otherwise refund it in Stripe's dashboard.",
  },
  charge_of_unpaid_order: {
    why: "Stripe took this, and its order is not paid here.",
    toDo: "npm run reconcile -- --repair --apply settles the order.",
  },
  charge_of_parked_order: {
    why: "Stripe took this for an order that is parked, because its payment does not match it.",
    toDo: "Look at the order and the payment; refund what is not to be kept.",
  },
  second_charge: {
    why: "The order was paid by another payment: this one was taken beside it.",
    toDo: "Refund this one in Stripe's dashboard.",
  },
  charge_differs: {
    why: "Amount, currency or customer of the charge are not the order's.",
    toDo: "Compare both; refund the difference or correct it by hand.",
  },
  charge_for_nothing: {
    why: "Taken from a customer of ours for neither an order nor an invoice.",
    toDo: "Find out in Stripe's dashboard who made the payment. Another product's: nothing is to be done. Meant for this one: refund it there, or give the account what it was for (npm run operator -- do grant).",
  },
  order_without_charge: {
    why: "The order is paid here, and Stripe has not taken its amount once.",
    toDo: "Look at the payment in Stripe's dashboard; revoke the credits if nothing was paid.",
  },
  order_without_grant: {
    why: "The order is paid, and its grant is missing or has other credits.",
    toDo: "Grant the difference to the account.",
  },
  grant_without_order: {
    why: "Credits were granted as bought, and no paid order has them.",
    toDo: "Find out who granted them; revoke them if nobody paid.",
  },
  grant_without_cause: {
    why: "Credits were granted, and no month of a plan, refund, dispute or operator's act of as many is behind them.",
    toDo: "Find out who granted them; revoke them if nobody is to have them.",
  },
  plan_credits_not_given: {
    why: "A line of the invoice is paid, and not all that it pays for is given.",
    toDo: "npm run sync -- --account reads the account again and gives it.",
  },
  plan_credits_not_taken_back: {
    why: "Of the invoice's credits not as many are taken back as its refunds and disputes say.",
    toDo: "npm run sync -- --account reads the account again and takes or puts them back.",
  },
  allowance_above_line: {
    why: "More was given for a line of the invoice than it is worth.",
    toDo: "Find out why; revoke what nobody paid for.",
  },
  invoice_unknown: {
    why: "Stripe took this for an invoice that is not here.",
    toDo: "npm run sync -- --account reads the account again.",
  },
  invoice_differs: {
    why: "Status or paid amount of the invoice are not what Stripe says.",
    toDo: "npm run sync -- --account reads the account again.",
  },
  invoice_not_at_stripe: {
    why: "The invoice is paid here, and Stripe has none such.",
    toDo: "npm run attention; the invoice may be of another Stripe account.",
  },
  invoice_without_allowance: {
    why: "The invoice is paid, and for a line of it nothing was decided.",
    toDo: "npm run sync -- --account reads the account again; npm run attention says what cannot be read.",
  },
  allowance_without_paid_invoice: {
    why: "An allowance counts as paid, and its invoice does not.",
    toDo: "npm run sync -- --account reads the account again.",
  },
  return_unknown: {
    why: "It goes back at Stripe from an order's payment, and the order does not know it.",
    toDo: "npm run reconcile -- --repair --apply asks Stripe and settles what came back of the order.",
  },
  return_differs: {
    why: "Status, amount or currency of the refund or dispute are not what Stripe says.",
    toDo: "npm run reconcile -- --repair --apply asks Stripe and settles what came back of the payment.",
  },
  return_not_at_stripe: {
    why: "The order or the plan's invoice has a refund or dispute, and Stripe has none such.",
    toDo: "It may be of another Stripe account; otherwise give the credits back by hand.",
  },
  return_untold: {
    why: "It goes back from a payment that is no order's, no plan's invoice knows it as it is, and no operator was told.",
    toDo: "npm run reconcile -- --repair --apply asks Stripe and settles or tells it: npm run attention.",
  },
  credits_not_taken_back: {
    why: "Of an order's credits not as many are taken back, or its status is not the one, as its refunds and disputes say.",
    toDo: "npm run reconcile -- --repair --apply settles what came back of the order.",
  },
} as const;

export type LineKind = keyof typeof KINDS;

export type Line = {
  readonly kind: LineKind;
  /** Stripe's id, or the grant's source. */
  readonly object: string;
  readonly accountId: string | null;
  readonly order: string | null;
  /** Of a refund or dispute: the payment that it is of. */
  readonly payment: string | null;
  /** Since when it is so: when it was taken, went back, was paid or given. */
  readonly since: Date | null;
  /** What Stripe took and nothing here explains. */
  readonly cents: bigint;
  /** What went back at Stripe and nothing here explains. */
  readonly returnedCents: bigint;
  readonly currency: string;
  /** What was given and nothing at Stripe explains, or was paid for and not given. */
  readonly credits: bigint;
  readonly why: string;
  readonly toDo: string;
};

export const describeLine = (
  kind: LineKind,
  found: Pick<Line, "object" | "accountId" | "since"> & Partial<Line>,
): Line => ({
  kind,
  order: null,
  payment: null,
  cents: 0n,
  returnedCents: 0n,
  currency: "usd",
  credits: 0n,
  ...found,
  ...KINDS[kind],
});
