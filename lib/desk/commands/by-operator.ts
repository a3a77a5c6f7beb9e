import type { Reader } from "../../../db/client";
import { err, ok, type Result } from "../../result";
import { MAX_REASON } from "../acts/perform";
import { isLine } from "../acts/read-fields";
import type { ByOperator } from "../record-act";
import { findOperatorByEmail } from "./find-operator";

/** What every command that changes something is told beside what it does. */
export const WHO_AND_WHY = "--as <your e-mail> --reason <why>";
const text = { type: "string" } as const;
export const BY_OPTIONS = { as: text, reason: text } as const;

type Given = { readonly as?: string | undefined; readonly reason?: string | undefined };
type NotSaid = {
  /** Whether it is not said in words that are understood, or nobody of that name may. */
  readonly code: "misread" | "no_operator";
  readonly sentence: string;
};

/** Who does something by command, and why: what is done is kept with both. */
export async function readByOperator(
  db: Reader,
  { as, reason = "" }: Given,
): Promise<Result<ByOperator, NotSaid>> {
  if (!as) return err({ code: "misread", sentence: `Who does it? ${WHO_AND_WHY}` });
  const why = reason.trim();
  if (!isLine(why, MAX_REASON)) {
    const sentence = `Say why with --reason: one line of at most ${MAX_REASON} characters.`;
    return err({ code: "misread", sentence });
  }
  const operator = await findOperatorByEmail(db, as);
  if (!operator) return err({ code: "no_operator", sentence: NO_OPERATOR });
  return ok({ operatorId: operator.userId, reason: why });
}

/** What to print of it, below the words that would be understood. */
export const notSaidText = (usage: string, { code, sentence }: NotSaid): string =>
  code === "misread" ? `${usage}\n\n${sentence}` : sentence;

/** What the command ends with: as words nobody understands, or as what was refused. */
export const notSaidExit = ({ code }: NotSaid): 1 | 2 => (code === "misread" ? 2 : 1);

export const NO_OPERATOR = "--as names nobody who runs the product and may sign in.";
