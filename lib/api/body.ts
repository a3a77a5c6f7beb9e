import { readBounded } from "../bounded-body";
import { err, ok, type Result } from "../result";
import type { Problem } from "./problems";
import { findRepeatedName } from "./repeated-name";

/** `application/json`, in UTF-8 if it says so. */
const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

type Wanted = { readonly mostBytes: number; readonly optional: boolean };

/** The JSON value in the body of a request; `{}` where it may be left out and was. Stops reading at the limit. */
export async function readJson(request: Request, wanted: Wanted): Promise<Result<unknown, Problem>> {
  const { mostBytes } = wanted;
  const bytes = await readBounded(request, mostBytes);
  if (bytes === null) return tooLarge(mostBytes);
  if (bytes.byteLength === 0 && wanted.optional) return ok({});
  if (!isPlainJson(request.headers)) return err({ code: "unsupported_media_type" });
  return parse(bytes);
}

const tooLarge = (mostBytes: number): Result<never, Problem> =>
  err({ code: "payload_too_large", most_bytes: mostBytes });

function isPlainJson(headers: Headers): boolean {
  const encoding = headers.get("content-encoding") ?? "identity";
  return JSON_TYPE.test(headers.get("content-type") ?? "") && encoding === "identity";
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function parse(bytes: Uint8Array): Result<unknown, Problem> {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return wrongAt("", "must be JSON in UTF-8");
  }
  const repeated = findRepeatedName(text, value);
  return repeated === null ? ok(value) : wrongAt(repeated, "is given more than once");
}

const wrongAt = (pointer: string, detail: string): Result<never, Problem> =>
  err({ code: "invalid_request", errors: [{ pointer, detail }] });
