import { fromPublicId, type IdKind } from "../../ids";
import { MAX_GRANTED } from "../../ledger/limits";
import { type Cents, type Credits, cents, credits } from "../../money/credits";
import { isPlainLine, isVisible } from "../../plain-text";
import { err, ok, type Result } from "../../result";
import type { FieldName, Fields } from "./act";

type Read<T> = Result<T, { readonly code: "bad_field"; readonly field: FieldName }>;
const bad = (field: FieldName) => err({ code: "bad_field", field });

const WHOLE = /^[1-9][0-9]{0,15}$/;

/** A whole number of credits above 0. */
export function readCredits(fields: Fields): Read<Credits> {
  const text = fields.credits ?? "";
  return WHOLE.test(text) && BigInt(text) <= MAX_GRANTED ? ok(credits(BigInt(text))) : bad("credits");
}

/** A whole number of cents above 0; null where nothing was typed. */
export function readCents(fields: Fields): Read<Cents | null> {
  const text = fields.cents ?? "";
  if (text === "") return ok(null);
  return WHOLE.test(text) && text.length < 13 ? ok(cents(BigInt(text))) : bad("cents");
}

const DAY_MS = 86_400_000;
/** What an operator gives ends within ten years. */
const MAX_LIFE_MS = 3_653 * DAY_MS;

/** The end of a day (UTC), or an instant; null where nothing was typed. In the future, and within ten years. */
export function readUntil(fields: Fields, now: Date): Read<Date | null> {
  const text = fields.until ?? "";
  if (text === "") return ok(null);
  const isDay = /^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text);
  const isInstant = /^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$/.test(text);
  const begins = isDay || isInstant ? new Date(isDay ? `${text}T00:00:00Z` : text) : null;
  // A day there is not, such as 30 February, is read as another.
  if (!begins || Number.isNaN(begins.getTime()) || !begins.toISOString().startsWith(text.slice(0, 10)))
    return bad("until");
  const until = isDay ? new Date(begins.getTime() + DAY_MS) : begins;
  const ahead = until.getTime() - now.getTime();
  return ahead > 0 && ahead <= MAX_LIFE_MS ? ok(until) : bad("until");
}

export function readId(fields: Fields, field: FieldName, kind: IdKind): Read<string> {
  const id = fromPublicId(kind, fields[field]);
  return id === null ? bad(field) : ok(id);
}

export function readOneOf<T extends string>(fields: Fields, field: FieldName, values: readonly T[]): Read<T> {
  const found = values.find((each) => each === fields[field]);
  return found === undefined ? bad(field) : ok(found);
}

/** One line of plain text that can be seen. */
export function readLine(fields: Fields, field: FieldName, most: number): Read<string> {
  const text = (fields[field] ?? "").trim();
  return isLine(text, most) ? ok(text) : bad(field);
}

/** Whether it is one line of plain text that can be seen, of at most so many characters. */
export const isLine = (text: string, most: number): boolean =>
  text.length > 0 && text.length <= most && isPlainLine(text) && isVisible(text);
