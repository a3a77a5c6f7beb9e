import { normalizeEmail } from "../auth/email";
import { invariant } from "../result";

const LONGEST = 150;
/** What ends a line, or is no text at all. */
const BREAKS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu;
/** Characters nobody sees, which turn around what stands after them. */
export const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text as it may stand in a header: one line, no longer than people read. */
export function headerText(text: string): string {
  const line = text.replace(BREAKS, " ").replace(TURNS, "").trim();
  return [...line].slice(0, LONGEST).join("");
}

/** An address as it may stand in a header. Throws for anything that is not just one address. */
export function headerAddress(text: string): string {
  const address = normalizeEmail(text);
  invariant(address, "a message goes to one plain address");
  return address;
}
