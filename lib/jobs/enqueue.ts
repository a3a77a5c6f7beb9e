import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client";

/**
 * Enqueues, inside the caller's transaction, the handling of a stored event. Enqueued twice it is one job. It waits a
 * moment: events arrive before the call that caused them has returned, and whoever made that call settles it best. Events
 * about the plan of one customer (`planCustomer`) that come meanwhile share a job, which runs when the first of them would have
 * and handles all that are stored: however many come, none puts it off. One that comes while it runs has a job of its own.
 */
export async function enqueueEvent(
  tx: Pick<Tx, "execute">,
  eventId: string,
  {
    afterSeconds = 2,
    planCustomer = null,
  }: { readonly afterSeconds?: number; readonly planCustomer?: string | null } = {},
): Promise<void> {
  const isShared = planCustomer !== null;
  const key = isShared ? `plan:${planCustomer}` : `event:${eventId}`;
  // A job that failed and waits is no longer the first's: it runs when the new one says.
  const mode = isShared ? "preserve_run_at" : "replace";
  await tx.execute(sql`
    select graphile_worker.add_job(
      'handle_stripe_event'::text, json_build_object('eventId', ${eventId}::text),
      job_key := ${key}::text, job_key_mode := ${mode}::text,
      max_attempts := 20, run_at := now() + ${afterSeconds} * interval '1 second'
    )`);
}

/** Enqueues, inside the caller's transaction, the mailing of a contact request. Enqueued twice it is one job. */
export async function enqueueContactRequest(
  tx: Pick<Tx, "execute">,
  { accountId, contactId }: { readonly accountId: string; readonly contactId: string },
): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(
      'mail_contact_request'::text,
      json_build_object('accountId', ${accountId}::text, 'contactId', ${contactId}::text),
      job_key := ${`contact:${contactId}`}::text, max_attempts := 20
    )`);
}

/** Enqueues, inside the caller's transaction, the sending of a mail of the outbox. Enqueued twice it is one job. */
export async function enqueueMail(
  tx: Pick<Tx, "execute">,
  ref: { readonly mailId: string } & ({ readonly accountId: string } | { readonly userId: string }),
  afterSeconds = 0,
): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(
      'send_mail'::text, ${JSON.stringify(ref)}::json,
      job_key := ${`mail:${ref.mailId}`}::text, max_attempts := 20, run_at := now() + ${afterSeconds} * interval '1 second'
    )`);
}

/**
 * Enqueues the look for somebody who forgot their password, and the mail to them. Asked for twice before it ran it is one
 * job. It holds the e-mail that was typed until it has run, which is at once.
 */
export async function enqueuePasswordReset(
  db: Pick<Tx, "execute">,
  asked: {
    readonly email: string;
    readonly caller: {
      readonly address: string;
      readonly browser: string | null;
      readonly system: string | null;
    };
  },
): Promise<void> {
  const key = createHash("sha256").update(asked.email).digest("base64url");
  await db.execute(sql`
    select graphile_worker.add_job(
      'mail_password_reset'::text, ${JSON.stringify(asked)}::json, job_key := ${`reset:${key}`}::text, max_attempts := 20
    )`);
}
