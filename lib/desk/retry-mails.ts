import type { Database } from "../../db/client";
import { transact } from "../../db/transact";
import { retryParked } from "../mail/queries";
import { type ByOperator, recordAct } from "./record-act";

/** Has every mail that was given up tried again, from its first try, which is one act. Returns how many there were. */
export async function retryMails(db: Database, { operatorId, reason }: ByOperator): Promise<number> {
  return transact(db, async (tx) => {
    const retried = await retryParked(tx);
    if (retried === 0) return 0;
    const request = { mails: String(retried) };
    await recordAct(tx, { operatorId, reason, kind: "retry_mails", request });
    return retried;
  });
}
