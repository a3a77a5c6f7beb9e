import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const POOL = 8192;

let pool = randomBytes(POOL);
let used = 0;

/** Randomness is drawn in bulk: asking the system for every id costs more than the rest of a request. */
export function randomText(length: number): string {
  if (used + length > POOL) {
    pool = randomBytes(POOL);
    used = 0;
  }
  let text = "";
  for (const byte of pool.subarray(used, used + length)) text += ALPHABET[byte % ALPHABET.length];
  used += length;
  return text;
}

export function newId(prefix: string, length = 24): string {
  return `${prefix}_${randomText(length)}`;
}

/** The id of a field that holds an id or, when expanded, the object itself. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : value.id;
}
