/** By then a reader asks again; it must be less than a year (RFC 9116, 2.5.5). */
const VALID_DAYS = 180;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** The text that says where to report a weakness. `contact` is a mail address or an https address. */
export function writeSecurityTxt({
  contact,
  appUrl,
  now,
}: {
  readonly contact: string;
  readonly appUrl: string;
  readonly now: Date;
}): string {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const expires = new Date(today + VALID_DAYS * DAY_MS).toISOString().replace(".000Z", "Z");
  const lines = [
    `Contact: ${contact.startsWith("https://") ? contact : `mailto:${contact}`}`,
    `Expires: ${expires}`,
    "Preferred-Languages: en",
    `Canonical: ${new URL("/.well-known/security.txt", appUrl).href}`,
  ];
  return `${lines.join("\n")}\n`;
}
