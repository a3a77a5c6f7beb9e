import type { TaskList } from "graphile-worker";
import { z } from "zod";
import { mailReset } from "../auth/reset-password";
import { remindOfAttention } from "../billing/attention/remind";
import { sweepBillingDetails } from "../billing/details/tell";
import { checkDocuments } from "../billing/documents/check";
import { sweepDocuments } from "../billing/documents/sweep";
import { noticeExpiringCards } from "../billing/notices/expiring-cards";
import { noticeExpiringCredits } from "../billing/notices/expiring-credits";
import { noticeLowCredits } from "../billing/notices/low-credits";
import { sweepReturns } from "../billing/orders/returns/sweep";
import { sweepOrders } from "../billing/orders/sweep";
import { openDueCycles, sweepPlans } from "../billing/subscriptions/sweep";
import { mailContact, sweepContacts } from "../contact/mail-contact";
import type { WorkerDeps } from "../deps";
import { goOnFor } from "../go-on-for";
import { expireDue } from "../ledger/expire-due";
import { foldAllMonths } from "../ledger/fold-months";
import { foldAllUsage } from "../ledger/fold-usage";
import { sendMail, sweepMail } from "../mail/deliver";
import { checkBooksNightly, reconcileNightly } from "../reconciliation/reconcile";
import { findRecovery, unlessRecovering } from "../recovery/mode";
import { noticeRestore } from "../recovery/notice";
import { sweepEvents, tryEvent } from "./events";
import { forgetOldRows } from "./forget";
import { forgetWorkers } from "./heartbeat";

const eventPayload = z.object({ eventId: z.string() });
const mailPayload = z.union([
  z.object({ accountId: z.uuid(), mailId: z.uuid() }),
  z.object({ userId: z.uuid(), mailId: z.uuid() }),
]);
const resetPayload = z.object({
  email: z.string(),
  caller: z.object({
    address: z.string(),
    browser: z.string().nullable(),
    system: z.string().nullable(),
  }),
});
const contactPayload = z.object({ accountId: z.uuid(), contactId: z.uuid() });

/** A run of the schedule ends before the next one begins. */
const RUN_MS = 50_000;

/** What must not run before an older database that was restored has been brought up to date: `npm run recover`. */
const WAITS_FOR_RECOVERY = [
  "handle_stripe_event",
  "sweep_orders",
  "sweep_returns",
  "sweep_documents",
  "sweep_billing_details",
  "sweep_events",
  "open_cycles",
  "sweep_plans",
  "notice_low_credits",
  "notice_expiring_credits",
  "notice_expiring_cards",
] as const;

/**
 * What runs in the background. Every task may run twice, late, or after being cut short anywhere. Long runs end early
 * once `signal` says that the process is to stop.
 */
export function tasks(deps: WorkerDeps, signal?: AbortSignal): TaskList {
  const all = allTasks(deps, signal);
  const wait = unlessRecovering(deps.db);
  return {
    ...all,
    ...Object.fromEntries(WAITS_FOR_RECOVERY.map((task) => [task, wait<[unknown]>(all[task])])),
  };
}

type Task = (payload: unknown) => Promise<void>;

const allTasks = (deps: WorkerDeps, signal?: AbortSignal) =>
  ({
    ...dailyTasks(deps, signal),
    handle_stripe_event: async (payload) => tryEvent(deps, eventPayload.parse(payload).eventId),
    sweep_orders: async () => {
      await sweepOrders(deps);
    },
    sweep_returns: () => sweepReturns(deps),
    sweep_documents: async () => {
      await sweepDocuments(deps);
    },
    sweep_billing_details: () => sweepBillingDetails(deps),
    sweep_events: () => sweepEvents(deps),
    open_cycles: async () => {
      await openDueCycles(deps.db, deps.log, { goOn: goOnFor(RUN_MS, signal) });
    },
    sweep_plans: async () => {
      await sweepPlans(deps);
    },
    remind_of_attention: async () => {
      await remindOfAttention(deps);
    },
    mail_contact_request: async (payload) => mailContact(deps, contactPayload.parse(payload)),
    send_mail: async (payload) => {
      const ref = mailPayload.parse(payload);
      // What recovering tells of was told when it happened: it is dropped in the end, or swept up then.
      if ("accountId" in ref && (await findRecovery(deps.db))) return;
      await sendMail(deps, ref);
    },
    notice_low_credits: () => noticeLowCredits(deps, goOnFor(RUN_MS, signal)),
    mail_password_reset: async (payload) => mailReset(deps, resetPayload.parse(payload)),
    sweep_mail: () => sweepMail(deps.db),
    sweep_contacts: () => sweepContacts(deps.db),
    expire_grants: async () => {
      await expireDue(deps);
    },
    fold_usage: async () => {
      await foldAllUsage(deps, goOnFor(RUN_MS, signal));
    },
    fold_months: async () => {
      await foldAllMonths(deps, goOnFor(RUN_MS, signal));
    },
    look_for_restore: async () => {
      await noticeRestore(deps);
    },
    // What an earlier release queued under this name waits for nobody: forget_old_rows does it.
    forget_sign_in_failures: async () => {},
  }) satisfies Record<string, Task>;

/** What runs once an hour or a day. */
const dailyTasks = (deps: WorkerDeps, signal?: AbortSignal) =>
  ({
    notice_expiring_credits: () => noticeExpiringCredits(deps),
    notice_expiring_cards: () => noticeExpiringCards(deps),
    check_documents: () => checkDocuments(deps),
    check_books: () => checkBooksNightly(deps, deps.alarmTo ?? null, () => !signal?.aborted),
    reconcile: () => reconcileNightly(deps, deps.alarmTo ?? null),
    forget_old_rows: () => forgetOldRows(deps.db),
    forget_workers: () => forgetWorkers(deps.db),
  }) satisfies Record<string, Task>;

/** Minute, hour, day, month, weekday; then the task. */
export const CRONTAB = `
* * * * * sweep_orders
* * * * * sweep_returns
* * * * * sweep_events
* * * * * sweep_documents
* * * * * sweep_billing_details
* * * * * open_cycles
* * * * * sweep_plans
*/10 * * * * sweep_contacts
* * * * * sweep_mail
*/5 * * * * notice_low_credits
7 * * * * notice_expiring_credits
47 8 * * * notice_expiring_cards
* * * * * expire_grants
* * * * * fold_usage
*/5 * * * * fold_months
*/10 * * * * look_for_restore
17 * * * * forget_old_rows
27 * * * * remind_of_attention
37 3 * * * forget_workers
43 3 * * * check_documents ?max=5
53 3 * * * check_books ?max=5
23 4 * * * reconcile ?max=5
`;
