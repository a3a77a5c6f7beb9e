import type { TimeSpan } from "./calendar";

/** Where a list goes on: the last row of the page before, by when it was made and its id among those of that instant. */
export type PageCursor = { readonly createdAt: Date; readonly id: string };

export type ListOptions = {
  /** Only what was placed in it; null for all. */
  readonly within?: TimeSpan | null;
  /** A page has 20 otherwise. */
  readonly most?: number;
};

/** The last millisecond of the year 9999: what comes after it neither JavaScript nor Postgres writes with four digits. */
const LAST_MS = 253_402_300_799_999;

/** As it stands in an address; `id` is the public one. */
export const writePageCursor = ({ createdAt, id }: PageCursor): string => `${createdAt.getTime()}.${id}`;

/**
 * Reads a cursor back from an address, where anybody may have made one up: null for whatever could not have been
 * written by us, and for what the database would refuse to compare with. `idOf` gives the row's id or null.
 */
export function readPageCursor(
  text: string | null,
  idOf: (publicId: string) => string | null,
): PageCursor | null {
  const match = text === null ? null : /^(\d{1,15})\.(\w{1,300})$/.exec(text);
  if (!match?.[1] || !match[2]) return null;
  const createdMs = Number(match[1]);
  const id = idOf(match[2]);
  return createdMs <= LAST_MS && id !== null ? { createdAt: new Date(createdMs), id } : null;
}

/** The number of an account's entry in an address; null for whatever is none or exceeds what the database counts with. */
export const readSeqCursor = (text: string | null): bigint | null =>
  text !== null && /^\d{1,18}$/.test(text) ? BigInt(text) : null;
