import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { readBounded } from "./bounded-body";

/** What one writes and chooses in our forms, as they give it back when they are refused. Never a password or a code. */
export const KEPT_FIELDS = [
  "acknowledged",
  "amount",
  "bundle",
  "card",
  "city",
  "company",
  "country",
  "email",
  "line1",
  "line2",
  "locale",
  "message",
  "name",
  "newEmail",
  "postalCode",
  "reason",
  "role",
  "state",
  "taxId",
  "taxIdType",
  "timeZone",
] as const;

/** What was in a form that was not sent. `lost` when not all of it could be kept. */
export type Kept = { readonly values: Readonly<Record<string, string>>; readonly lost: boolean };

/** Carries what is kept from the answer to a form over to the page it leads back to, once, and within a minute. */
export const KEPT_COOKIE = "refill-kept";
/** By which the proxy hands it to the page. */
export const KEPT_HEADER = "x-refill-kept";
export const KEPT_SECONDS = 60;

/** As long as a browser keeps a cookie for certain, with its name and its attributes. */
const MAX_COOKIE = 3_600;
const MAX_UNPACKED = 100_000;
/** Longer than any form of ours that fits packed. Packing holds up everybody else, and anybody may send a form. */
const MAX_TO_PACK = 12_000;
/** Quick: the best quality takes a hundred times as long and saves little. */
const QUICKLY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** As text for a cookie. What does not fit is left out, the longest first. */
export function packKept({ values, lost }: Kept): string {
  const json = JSON.stringify([values, lost]);
  const text = json.length <= MAX_TO_PACK ? brotliCompressSync(json, QUICKLY).toString("base64url") : null;
  if (text !== null && text.length <= MAX_COOKIE) return text;
  const [longest] = Object.entries(values).toSorted(([, a], [, b]) => b.length - a.length);
  const { [longest?.[0] ?? ""]: _, ...rest } = values;
  return packKept({ values: rest, lost: true });
}

/** Back from a cookie, which anybody may have written: null for what we did not. */
export function unpackKept(text: string | null | undefined): Kept | null {
  if (!text || text.length > MAX_COOKIE) return null;
  try {
    const packed = Buffer.from(text, "base64url");
    const json = brotliDecompressSync(packed, { maxOutputLength: MAX_UNPACKED }).toString("utf8");
    const [values, lost] = JSON.parse(json) as unknown[];
    return { values: pickKept(Object.entries(values as object)), lost: lost === true };
  } catch {
    return null;
  }
}

function pickKept(entries: readonly (readonly [string, unknown])[]): Record<string, string> {
  const kept = new Map<string, string>();
  for (const [name, value] of entries)
    if ((KEPT_FIELDS as readonly string[]).includes(name) && typeof value === "string") kept.set(name, value);
  return Object.fromEntries(kept);
}

/** A form as it came to a page: the ids of the actions it names, and what is to be kept of its fields. */
export type SentForm = { readonly actions: readonly string[]; readonly values: Kept["values"] };

/** Longer than any form of ours, and what the framework acts on at most. */
const MAX_BYTES = 100_000;

type Sent = Pick<Request, "body" | "headers">;

/**
 * Reads which actions a POST to a page names, as the framework does: in a header where scripts run, in hidden fields where
 * they do not. A form that is too long is "too_large"; what names no action is no form of ours and has none.
 */
export async function readSentForm(request: Sent): Promise<SentForm | "too_large"> {
  const bytes = await readBounded(request, MAX_BYTES);
  if (bytes === null) return "too_large";
  const called = request.headers.get("next-action");
  const fields = await readFields(bytes, request.headers.get("content-type") ?? "");
  if (called === null) {
    return { actions: fields.flatMap(([name, value]) => actionIn(name, value)), values: pickKept(fields) };
  }
  // Before a field's name stands the number of the argument it belongs to.
  const own = fields.map(([name, value]) => [name.replace(/^_?\d+_/, ""), value] as const);
  return { actions: [called], values: pickKept(own) };
}

async function readFields(bytes: Uint8Array, type: string): Promise<[string, string][]> {
  if (!type.startsWith("multipart/form-data")) return [];
  const body = bytes as Uint8Array<ArrayBuffer>;
  const form = await new Response(body, { headers: { "content-type": type } }).formData().catch(() => null);
  return form ? [...form].filter((each): each is [string, string] => typeof each[1] === "string") : [];
}

function actionIn(name: string, value: string): string[] {
  if (name.startsWith("$ACTION_ID_")) return [name.slice("$ACTION_ID_".length)];
  const bound = /^\$ACTION_\d+:0$/.test(name) && /^\{"id":"([^"]*)"/.exec(value)?.[1];
  return bound ? [bound] : [];
}
