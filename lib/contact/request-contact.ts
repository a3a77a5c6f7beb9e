import { createHash } from "node:crypto";
import { and, count, eq, gt, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { contactRequests } from "../../db/schema";
import { transact } from "../../db/transact";
import { lockAccount } from "../billing/account";
import { newId } from "../ids";
import { enqueueContactRequest } from "../jobs/enqueue";
import { headerAddress } from "../mail/headers";
import { mailPerson } from "../outbox/enqueue";
import { err, ok, type Result } from "../result";
import { type ContactProblem, readContact, type WrittenContact } from "./read-contact";

export type ContactRequest = WrittenContact & {
  readonly accountId: string;
  readonly userId: string;
  /** Where the answer goes. */
  readonly email: string;
  /** Rendered into the form: submitting it twice is one request. A uuid. */
  readonly requestId: string;
};

export type ContactError = ContactProblem | { readonly code: "too_many_requests" };

const MAX_A_DAY = 5;

/**
 * Keeps a request for a plan by agreement, and has it mailed: both or neither. The same request id with the same
 * words is the same request; an account may make five a day.
 */
export async function requestContact(
  deps: { readonly db: Database },
  request: ContactRequest,
): Promise<Result<{ contactId: string }, ContactError>> {
  const written = readContact(request);
  if (!written.ok) return written;
  const email = headerAddress(request.email);
  return transact(deps.db, (tx) => insertRequest(tx, { ...request, ...written.value, email }));
}

async function insertRequest(
  tx: Tx,
  {
    accountId,
    userId,
    requestId,
    email,
    name,
    company,
    message,
  }: ContactRequest & { company: string | null },
): Promise<Result<{ contactId: string }, ContactError>> {
  const requestKey = `${requestId}:${digest([name, company, message])}`;
  const { now } = await lockAccount(tx, accountId);
  const [[known], [lately]] = await Promise.all([
    tx
      .select({ id: contactRequests.id })
      .from(contactRequests)
      .where(and(eq(contactRequests.accountId, accountId), eq(contactRequests.requestKey, requestKey))),
    tx
      .select({ count: count() })
      .from(contactRequests)
      .where(
        and(
          eq(contactRequests.accountId, accountId),
          gt(contactRequests.createdAt, sql`${now.toISOString()}::timestamptz - interval '1 day'`),
        ),
      ),
  ]);
  if (known) return ok({ contactId: known.id });
  if ((lately?.count ?? 0) >= MAX_A_DAY) return err({ code: "too_many_requests" });

  const id = newId();
  await tx.insert(contactRequests).values({
    accountId,
    id,
    requestKey,
    requestedBy: userId,
    email,
    name,
    company,
    message,
    createdAt: now,
  });
  await enqueueContactRequest(tx, { accountId, contactId: id });
  await mailPerson(tx, userId, {
    kind: "contact_confirmed",
    effect: `contact_confirmed:${id}`,
    facts: { name, company, message, sentAt: now },
  });
  return ok({ contactId: id });
}

const digest = (words: readonly (string | null)[]): string =>
  createHash("sha256").update(JSON.stringify(words)).digest("base64url");
