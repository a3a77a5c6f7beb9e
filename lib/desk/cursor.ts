import { type PageCursor, readPageCursor } from "../page-cursor";

/** Where a list of the desk goes on, in an address or a command: ids of the database, of Stripe and of jobs alike. */
export const writeCursor = ({ createdAt, id }: PageCursor): string =>
  `${createdAt.getTime()}.${Buffer.from(id).toString("hex")}`;

/** Null for whatever we did not write. */
export const readCursor = (text: string | null): PageCursor | null => readPageCursor(text, idInCursor);

/** The id that stands in a cursor, or null for what is none. */
export function idInCursor(hex: string): string | null {
  if (!/^([0-9a-f]{2})+$/.test(hex)) return null;
  const id = Buffer.from(hex, "hex").toString("utf8");
  return /^[\x20-\x7e]+$/.test(id) ? id : null;
}
