import { and, eq, inArray, like } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { commands } from "../../db/schema";
import { type Credits, credits } from "../money/credits";
import { decodeAnswer } from "./answer";

/**
 * How many of a grant's credits operators took away by acts of theirs and have not put back. Refunds that they asked for are none of it:
 * those take what money went back for.
 */
export async function findTakenByOperators(db: Reader, accountId: string, grantId: string): Promise<Credits> {
  const acts = await db
    .select({ answer: commands.answer })
    .from(commands)
    .where(
      and(
        eq(commands.accountId, accountId),
        eq(commands.actorKind, "operator"),
        inArray(commands.kind, ["adjust", "revoke", "restore"]),
        like(commands.key, "act:%"),
      ),
    );
  const taken = acts.reduce((sum, each) => sum + takenBy(decodeAnswer(each.answer), grantId), 0n);
  return credits(taken > 0n ? taken : 0n);
}

function takenBy(answer: ReturnType<typeof decodeAnswer>, grantId: string): bigint {
  if (answer.kind === "adjusted")
    return answer.from.reduce((sum, each) => (each.grantId === grantId ? sum + each.credits : sum), 0n);
  if (answer.kind === "revoked") return answer.grantId === grantId ? answer.credits : 0n;
  if (answer.kind === "restored") return answer.grantId === grantId ? -(answer.credits + answer.again) : 0n;
  return 0n;
}
