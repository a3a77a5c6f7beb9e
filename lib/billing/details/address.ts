import { countryName } from "./countries";

export type Address = {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly state: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
};

/** Where the postal code stands behind the city. */
const CODE_LAST = new Set([
  "AU",
  "BR",
  "CA",
  "GB",
  "IE",
  "IN",
  "KR",
  "NZ",
  "PR",
  "SG",
  "TH",
  "TW",
  "US",
  "ZA",
]);

/** An address in the order in which its country writes it, the country last and in English. */
export function addressLines({ line1, line2, postalCode, city, state, country }: Address): string[] {
  const place = CODE_LAST.has(country)
    ? [[city, state].filter(Boolean).join(", "), postalCode]
    : [[postalCode, city].filter(Boolean).join(" "), state];
  const joined = place.filter(Boolean).join(CODE_LAST.has(country) ? " " : ", ");
  return [line1, line2, joined, countryName(country)].filter((line): line is string => Boolean(line));
}
