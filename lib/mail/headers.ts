import { normalizeEmail } from "../auth/email";
import { toPlainLine } from "../plain-text";
import { invariant } from "../result";

const LONGEST = 150;

/** Text as it may stand in a header: one line, no longer than people read. */
export const headerText = (text: string): string => toPlainLine(text, LONGEST);

/** An address as it may stand in a header. Throws for anything that is not just one address. */
export function headerAddress(text: string): string {
  const address = normalizeEmail(text);
  invariant(address, "a message goes to one plain address");
  return address;
}
