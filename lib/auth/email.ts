const MAX_LENGTH = 254;
// Not a validation of every address there is: what people have, without what the database or a mail header would choke on.
const EMAIL = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}]+$/u;

/** The address as it is stored and compared; null when the text is not one. */
export function normalizeEmail(text: unknown): string | null {
  if (typeof text !== "string" || text.length > MAX_LENGTH * 2) return null;
  const email = text.trim().toLowerCase();
  return email.length <= MAX_LENGTH && EMAIL.test(email) ? email : null;
}
