import { err, ok, type Result } from "../result";
import type { Problem } from "./problems";

/** `application/json`, in UTF-8 if it says so. */
const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

type Wanted = { readonly mostBytes: number; readonly optional: boolean };

/** The JSON value in the body of a request; `{}` where it may be left out and was. Stops reading at the limit. */
export async function readJson(request: Request, wanted: Wanted): Promise<Result<unknown, Problem>> {
  const { mostBytes } = wanted;
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return tooLarge(mostBytes);
  const bytes = await readBytes(request, mostBytes);
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

/** Null when there is more than allowed; the rest is not read then. */
async function readBytes(request: Request, most: number): Promise<Uint8Array | null> {
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function parse(bytes: Uint8Array): Result<unknown, Problem> {
  try {
    return ok(JSON.parse(UTF8.decode(bytes)));
  } catch {
    const errors = [{ pointer: "", detail: "must be JSON in UTF-8" }];
    return err({ code: "invalid_request", errors });
  }
}
