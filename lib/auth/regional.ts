/** Locales a person can choose: those whose digits and dates the pages have been looked at in. */
export const LOCALES = [
  "en-US",
  "en-GB",
  "en-AU",
  "en-CA",
  "en-IE",
  "en-IN",
  "en-NZ",
  "en-ZA",
  "da-DK",
  "de-AT",
  "de-CH",
  "de-DE",
  "es-ES",
  "es-MX",
  "fi-FI",
  "fr-CA",
  "fr-FR",
  "it-IT",
  "ja-JP",
  "ko-KR",
  "nb-NO",
  "nl-NL",
  "pl-PL",
  "pt-BR",
  "pt-PT",
  "sv-SE",
  "tr-TR",
  "uk-UA",
  "zh-CN",
  "zh-TW",
] as const;

const byName = new Set<string>(
  LOCALES.filter((each) => Intl.NumberFormat.supportedLocalesOf(each).length > 0),
);
const zones = new Set<string>(["UTC", ...Intl.supportedValuesOf("timeZone")]);

export const isLocale = (text: string): boolean => byName.has(text);
export const listTimeZones = (): readonly string[] => [...zones].sort();

/** The zone's name in our list, or null. Browsers also send older names, such as Asia/Calcutta for Asia/Kolkata. */
export function findTimeZone(text: unknown): string | null {
  if (typeof text !== "string" || text.length === 0 || text.length > 64) return null;
  if (zones.has(text)) return text;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(text)) return null;
  try {
    const resolved = new Intl.DateTimeFormat("en-US", { timeZone: text }).resolvedOptions().timeZone;
    return zones.has(resolved) ? resolved : null;
  } catch {
    return null;
  }
}
