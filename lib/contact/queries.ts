import { and, eq } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { contactRequests } from "../../db/schema";
import { fromPublicId } from "../ids";

export type ContactView = {
  readonly name: string;
  readonly company: string | null;
  readonly email: string;
  readonly message: string;
  readonly createdAt: Date;
};

/** A request of this account by its public id, or null. */
export async function findContact(
  db: Reader,
  accountId: string,
  publicId: unknown,
): Promise<ContactView | null> {
  const id = fromPublicId("contact", publicId);
  if (!id) return null;
  const [found] = await db
    .select({
      name: contactRequests.name,
      company: contactRequests.company,
      email: contactRequests.email,
      message: contactRequests.message,
      createdAt: contactRequests.createdAt,
    })
    .from(contactRequests)
    .where(and(eq(contactRequests.accountId, accountId), eq(contactRequests.id, id)));
  return found ?? null;
}
