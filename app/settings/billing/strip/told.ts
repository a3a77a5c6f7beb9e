import { oneOf } from "@/lib/wording/names";
import type { StripState } from "./rows";

export type Told = {
  /** All of it in a line. */
  readonly title: string;
  /** What it means and what to know for the next step; empty where the line says it all. */
  readonly text: string;
  /** The next step; null where this person has none. */
  readonly step: { readonly label: string; readonly href: string } | null;
};

type Where = { readonly locale: string; readonly timeZone: string };
export type Reader = StripState & {
  readonly where: Where;
  /** Names of the account's owners, for who may not pay. */
  readonly owners: readonly string[];
};

/** `Ask Ada Lovelace or Alan Turing.`: whom a member asks, the account's owners by name. */
export function askSentence(owners: readonly string[]): string {
  if (owners.length === 0) return "Ask an owner of your account.";
  return `Ask ${oneOf(owners)}.`;
}
