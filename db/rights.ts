import type { Sql } from "postgres";

/** What the application may do with a table or view beside reading it. What is not named, it may not. */
export type Rights = {
  readonly insert?: true;
  /** `true`: every column. Otherwise those named: what a row was made with is not edited. */
  readonly update?: true | readonly string[];
  readonly delete?: true;
};

const READ: Rights = {};
const ADD: Rights = { insert: true };
const change = (...columns: string[]): Rights => ({ insert: true, update: columns });
const MAIL_COLUMNS = ["state", "due_at", "lease_until", "tries", "ended_at", "reason"];

/**
 * Everything the application's role may do, and nothing else: a table without a line is closed to it, reading too. Give
 * a table the verbs and columns its code uses. What people did, and what happened to money, is added to and not taken
 * away; rows that may go after a time go through `forget_old_rows`, which the owner wrote.
 */
export const RIGHTS: Readonly<Record<string, Rights>> = {
  accounts: change(
    "plan",
    "internal_plan",
    "plan_status",
    "cycle_anchor",
    "period_start",
    "period_end",
    "cycle_due_at",
    "overgiven_credits",
    "allowance_credits",
    "subscription_read_started",
    "subscription_read_applied",
    "subscription_read_superseded",
    "billing_read_at",
    "cards_read_started",
    "cards_read_applied",
    "cards_read_superseded",
    "stripe_customer_id",
    "customer_request",
    "former_customers",
    "default_payment_method_id",
    "customer_balance_cents",
    "adopting_card_id",
    "adopting_card_at",
  ),
  payment_methods: { ...change("remove_requested_at"), delete: true },

  // People. Who runs the product and who is disabled changes by an operator's act.
  users: change(
    "name",
    "locale",
    "time_zone",
    "browser_time_zone",
    "email",
    "password_hash",
    "session_version",
    "is_operator",
    "disabled_at",
  ),
  memberships: { ...change("role"), delete: true },
  identities: { insert: true, delete: true },
  invitations: { ...change("used_at"), delete: true },
  mailed_links: change("used_at"),
  // To whom, into which account and by whom first: that stays as it was.
  account_invitations: change(
    "role",
    "token_hash",
    "sends",
    "expires_at",
    "accepted_at",
    "accepted_by",
    "withdrawn_at",
  ),
  // Set up anew, the row begins anew.
  second_factors: {
    ...change("sealed_secret", "confirmed_at", "session_id", "created_at", "last_step"),
    delete: true,
  },
  recovery_codes: { ...change("used_at"), delete: true },
  sign_in_failures: { ...change("failures"), delete: true },
  sign_in_turns: change("free_at"),
  provider_work: change("window_start", "done"),
  provider_pace: change("free_at"),
  sessions: change(
    "last_seen_at",
    "address",
    "browser",
    "system",
    "ended_at",
    "stepped_up_at",
    "desk_used_at",
  ),
  web_processes: { ...change("seen_at"), delete: true },
  api_keys: change("last_used_at", "revoked_at"),
  security_events: ADD,

  operator_acts: ADD,
  // What was asked for stays as it was stored.
  waiting_acts: change("ended_as", "ended_at", "ended_by", "act_id"),
  purchases_switch: { update: ["paused_at", "sentence"] },

  // Price, credits and buyer of an order, and whom an attempt charges, stay as they were stored.
  orders: change(
    "status",
    "expires_at",
    "expiry_acknowledged_at",
    "payment_intent_id",
    "cancel_requested_at",
    "grant_id",
    "paid_at",
    "invoiced_at",
    "canceled_at",
    "closed_at",
    "parked_payment_ids",
    "next_closed_read_at",
    "parked_reason",
    "returns_read_started",
    "returns_read_applied",
    "returns_read_superseded",
    "next_returns_read_at",
    "updated_at",
  ),
  order_payments: ADD,
  // Who asked for it, how much and why stay as they were stored; the rest Stripe has the last word on.
  order_refunds: change(
    "refund_id",
    "amount_cents",
    "status",
    "unreadable",
    "failure_code",
    "credit_noted_at",
    "debit_noted_at",
    "updated_at",
  ),
  order_disputes: change(
    "amount_cents",
    "currency",
    "status",
    "unreadable",
    "reason",
    "evidence_due_at",
    "updated_at",
  ),
  order_reversals: ADD,
  provider_lists: change("read_until"),
  attempts: change("status", "payment_intent_id", "decline_code", "ended_at"),
  order_transitions: ADD,
  billing_details: change(
    "name",
    "line1",
    "line2",
    "postal_code",
    "city",
    "state",
    "country",
    "tax_id_type",
    "tax_id",
    "refused_tax_id",
    "version",
    "told_version",
    "next_tell_at",
    "updated_at",
    "updated_by",
  ),
  document_series: change("last_number"),
  document_numbers: ADD,
  // What is written on a document stays as it was made.
  documents: change("told_at", "next_tell_at"),
  stripe_events: change("found_account_id", "handled_at", "parked_reason", "tries", "next_try_at"),
  contact_requests: change("mailed_at"),
  // To whom it goes and what it tells stay as they were stored.
  account_mails: change(...MAIL_COLUMNS),
  person_mails: change(...MAIL_COLUMNS),
  credit_looks: change("seq"),
  mail_opt_outs: { insert: true, delete: true },
  // Whose it is, what it is about and why stay as they were stored.
  attention_items: change(
    "details",
    "state",
    "since",
    "last_seen",
    "resolved_at",
    "acknowledged_at",
    "note",
    "times_opened",
    "times_logged",
    "logged_at",
    "next_look_at",
    "looks",
  ),

  stripe_account: change("id", "recovering_since", "recovering_because", "recovered_until"),
  reconciliations: change("told_at"),
  reconciled_days: change("finished_at", "drift", "result"),
  checked_books: change("seq", "sums", "checked_at"),
  credit_months: change("credits"),
  credit_month_progress: change("seq"),
  catalog_plans: ADD,
  // A number that nothing was spent under may come to be another's.
  catalog_categories: change("id"),
  oldest_code: READ,
  workers: { ...change("seen_at", "done_at", "stopped_at", "pools"), delete: true },
  worker_tasks: change("done_at", "failed_at", "failures"),

  balances: change(
    "last_seq",
    "owed_credits",
    "active_grant_id",
    "active_credits",
    "stable_until",
    "opens_at",
    "cycle_start",
  ),
  grants: change(
    "remaining_credits",
    "held_credits",
    "spent_credits",
    "expired_credits",
    "revoked_credits",
    "expires_at",
    "frozen_at",
    "paid_back_credits",
    "cycle_from",
    "cycle_used_credits",
    "cycle_paid_back_credits",
    "cycle_expired_credits",
  ),
  current_grants: READ,
  holds: change("captured_credits", "status", "shares", "ended_at", "ended_key"),
  commands: ADD,
  entries: ADD,
  usage_days: change(
    "quarters",
    "credits_until",
    "spends_until",
    "credits",
    "spends",
    "first_seq",
    "last_seq",
  ),
  usage_progress: change("seq"),

  // Mirrors: Stripe has the last word on every column.
  subscriptions: { insert: true, update: true },
  invoices: { insert: true, update: true },
  invoice_refunds: change("amount_cents", "status", "unreadable", "failure_code", "updated_at"),
  // What was asked for stays as it was stored.
  invoice_refund_requests: change(
    "status",
    "payment_intent_id",
    "refund_id",
    "failure_code",
    "taken_credits",
    "used_credits",
    "updated_at",
  ),
  invoice_disputes: change(
    "amount_cents",
    "currency",
    "status",
    "unreadable",
    "reason",
    "evidence_due_at",
    "updated_at",
  ),
  invoice_reversals: ADD,
  subscription_items: { insert: true, update: true },
  // A draft's lines may be others once it is finalized. What was decided by a line stays.
  invoice_lines: { insert: true, update: true, delete: true },
  pending_lines: { insert: true, update: true, delete: true },
  subscription_owners: ADD,
  allowances: change(
    "line_id",
    "invoice_id",
    "ends_at",
    "payment",
    "frozen",
    "closed",
    "closed_at",
    "debt_credits",
    "regrant_id",
  ),
  checkouts: change("status", "session_id", "url", "ended_at", "next_read_at"),
  plan_payments: change("status", "invoice_id", "decline_code", "updated_at", "ended_at", "void_pending"),
  paid_plan_payments: ADD,
};

/** The same for the tables of the job queue (graphile-worker): jobs come and go, the rest is their bookkeeping. */
export const QUEUE_RIGHTS: Readonly<Record<string, Rights>> = {
  jobs: READ,
  migrations: READ,
  _private_jobs: { insert: true, update: true, delete: true },
  _private_job_queues: { insert: true, update: true, delete: true },
  _private_tasks: ADD,
  _private_known_crontabs: { insert: true, update: true },
};

/** Functions of the owner that work with the owner's rights: each fixes its own `search_path` and takes no argument. */
const FUNCTIONS = ["forget_old_rows()"];

/** Tables of the owner alone. */
export const CLOSED = ["migration_turn"];

/**
 * Gives the application's role what is listed here and takes everything else from it, so that a database that was
 * migrated by an earlier release ends with the same rights as a new one. In one transaction: whoever is connected never
 * finds a right missing that they keep.
 */
export async function grantRights(sql: Sql, role: string): Promise<void> {
  const name = quoteName(role);
  await sql.begin((tx) =>
    tx.unsafe(`
      revoke all on all tables in schema public, graphile_worker from ${name};
      ${grants("public", RIGHTS, name)}
      ${grants("graphile_worker", QUEUE_RIGHTS, name)}
      grant usage, select on all sequences in schema graphile_worker to ${name};
      grant execute on all functions in schema graphile_worker to ${name};
      ${FUNCTIONS.map((each) => `grant execute on function public.${each} to ${name};`).join("\n")}
    `),
  );
}

const grants = (schema: string, tables: typeof RIGHTS, name: string): string =>
  Object.entries(tables)
    .map(
      ([table, rights]) => `grant ${verbsOf(rights).join(", ")} on ${schema}.${quoteName(table)} to ${name};`,
    )
    .join("\n");

function verbsOf({ insert, update, delete: remove }: Rights): string[] {
  const columns = update === true || !update ? "" : ` (${update.map(quoteName).join(", ")})`;
  return [
    "select",
    ...(insert ? ["insert"] : []),
    ...(update ? [`update${columns}`] : []),
    ...(remove ? ["delete"] : []),
  ];
}

export const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
