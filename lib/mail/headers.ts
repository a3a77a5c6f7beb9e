import { normalizeEmail } from "../auth/email";
import { toPlainLine } from "../plain-text";
import { invariant } from "../result";

const MAX_LENGTH = 150;

/**
 * Text as it may stand in a header: one line, no longer than people read, and the text itself. Where somebody typed what a
 * mail program would decode (`=?utf-8?q?…?=`, RFC 2047), also inside of quotation marks, it is pulled apart: otherwise
 * a name could become another one, or a line, on the way.
 */
export const headerText = (text: string): string =>
  toPlainLine(toPlainLine(text, MAX_LENGTH).replaceAll("=?", "= ?"), MAX_LENGTH);

/** A name beside an address; none where it says an address of its own, which people would take for the one they answer. */
export function headerName(text: string): string {
  const name = headerText(text);
  return /[@\uff20\ufe6b]/.test(name) ? "" : name;
}

/** An address as it may stand in a header. Throws for anything that is not just one address. */
export function headerAddress(text: string): string {
  const address = normalizeEmail(text);
  invariant(address, "a message goes to one plain address");
  return address;
}
