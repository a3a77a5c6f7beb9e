import { isPlainLine, isPlainText, isVisible } from "../plain-text";
import { err, ok, type Result } from "../result";

/** As it was typed. */
export type WrittenContact = {
  readonly name: string;
  /** Empty or null: none. */
  readonly company: string | null;
  readonly message: string;
};

export type ContactProblem = { readonly code: "bad_name" | "bad_company" | "bad_message" };

export const MAX_CONTACT_NAME = 100;
export const MAX_CONTACT_COMPANY = 100;
export const MIN_CONTACT_MESSAGE = 10;
export const MAX_CONTACT_MESSAGE = 2_000;

/**
 * What was typed, as it is kept: plain text within its lengths, which count characters of the database, not of a
 * browser.
 */
export function readContact(
  written: WrittenContact,
): Result<{ name: string; company: string | null; message: string }, ContactProblem> {
  const name = readLine(written.name, MAX_CONTACT_NAME);
  if (!name || !isVisible(name)) return err({ code: "bad_name" });
  const company = readLine(written.company ?? "", MAX_CONTACT_COMPANY);
  if (company === null) return err({ code: "bad_company" });
  const message = readText(written.message);
  if (message === null) return err({ code: "bad_message" });
  return ok({ name, company: company || null, message });
}

const lengthOf = (text: string): number => [...text].length;
/** Far too long to look at more closely. */
const isHuge = (typed: string, most: number): boolean => typed.length > 4 * most;

/** Null when it is not one line of text of at most so many characters; empty when nothing is left of it. */
function readLine(typed: string, most: number): string | null {
  if (isHuge(typed, most)) return null;
  const line = typed.trim();
  return lengthOf(line) > most || !isPlainLine(line) ? null : line;
}

function readText(typed: string): string | null {
  if (isHuge(typed, MAX_CONTACT_MESSAGE)) return null;
  const text = typed.replace(/\r\n?/g, "\n").trim();
  const length = lengthOf(text);
  if (length < MIN_CONTACT_MESSAGE || length > MAX_CONTACT_MESSAGE) return null;
  return isPlainText(text) && isVisible(text) ? text : null;
}
