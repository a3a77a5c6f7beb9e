import type { Reader } from "../../../../db/client";
import type { AccountRow } from "../../account";
import { readFacts } from "../apply/read-facts";
import { decide } from "../decide";

/** Whether the month that begins where the running one ends brings nothing to use: its money went back, or is disputed. */
export async function isNextMonthReturned(db: Reader, account: AccountRow, now: Date): Promise<boolean> {
  const [read] = await readFacts(db, [{ account, now }]);
  if (!read) return false;
  const { open, returned } = decide(read.facts, account.periodEnd);
  const given = open.reduce((sum, each) => sum + each.credits, 0n);
  const taken = returned.reduce((sum, { decision }) => sum + decision.revoke, 0n);
  return given > 0n && (taken >= given || returned.some(({ decision }) => decision.frozen));
}
