import { z } from "zod";
import { apiScope, holdStatus } from "../../db/schema";
import { amount, named } from "./parts";

const mostCredits = { most_credits: amount };
const retryAfter = { retry_after_seconds: z.int().min(1).max(3_600) };

const kind = <M extends z.ZodRawShape>(status: number, title: string, detail: string, members: M) => ({
  status,
  title,
  detail,
  members,
});

/** Every way in which a request can fail. Codes are for ever; sentences may be bettered. */
export const PROBLEMS = {
  invalid_request: kind(
    400,
    "The request is not valid",
    "Nothing was done. `errors` says what to correct and where.",
    {
      errors: z.array(
        z.object({
          pointer: z
            .string()
            .describe(
              "Where: a JSON pointer into the body, or the name of a header or of a query parameter.",
            ),
          detail: z.string(),
        }),
      ),
    },
  ),
  idempotency_key_missing: kind(
    400,
    "The request has no Idempotency-Key",
    "Send a header `Idempotency-Key` with a value of your own for each spend, hold, capture or release, and the same value when you ask again.",
    {},
  ),
  unauthorized: kind(
    401,
    "There is no valid API key",
    "Send `Authorization: Bearer rk_…` with a key that was not revoked.",
    {},
  ),
  insufficient_credits: kind(
    402,
    "Not enough credits",
    "The account has fewer credits available than were asked for, or owes credits. Nothing was taken, and the same key may be tried again.",
    { available: amount, owed: amount },
  ),
  forbidden: kind(403, "The API key may not do this", "The key lacks the scope this needs.", {
    needed_scope: z.enum(apiScope.enumValues),
  }),
  account_not_found: kind(404, "No such account", "There is no account with this id for this key.", {}),
  hold_not_found: kind(404, "No such hold", "There is no hold with this id for this key.", {}),
  not_found: kind(404, "No such address", "There is nothing at this address of the API.", {}),
  method_not_allowed: kind(405, "The method is not allowed here", "The header `Allow` names what is.", {}),
  hold_already_ended: kind(
    409,
    "The hold has ended",
    "A hold ends exactly once: `ended_as` says how. Nothing was taken or given back now.",
    { ended_as: z.enum(holdStatus.enumValues).exclude(["open"]) },
  ),
  payload_too_large: kind(413, "The body is too large", "Nothing was done.", {
    most_bytes: z.int().min(1).meta({ format: "int64" }),
  }),
  unsupported_media_type: kind(
    415,
    "The body is not JSON",
    "Send the body as `Content-Type: application/json`, in UTF-8 and not compressed.",
    {},
  ),
  idempotency_key_reused: kind(
    422,
    "The idempotency key was used for something else",
    "Another request of this account carried this key with another body. Nothing was done.",
    {},
  ),
  amount_too_large: kind(
    422,
    "More credits than one request may name",
    "`most_credits` says how many it may. Nothing was done, and the same key may be tried again.",
    mostCredits,
  ),
  capture_too_large: kind(
    422,
    "More credits than a capture of this hold may take",
    "`most_credits` says how many it may. Nothing was taken, the hold is still open, and the same key may be tried again.",
    mostCredits,
  ),
  rate_limited: kind(
    429,
    "Too many requests",
    "Nothing was done. Ask again after the time in `Retry-After`.",
    retryAfter,
  ),
  internal: kind(
    500,
    "Something is wrong on our side",
    "Whether it was done is not known: ask again with the same idempotency key. Tell us the request id if it goes on.",
    {},
  ),
  overloaded: kind(
    503,
    "Too much is waiting",
    "Nothing was done. Ask again after the time in `Retry-After`, with the same idempotency key.",
    retryAfter,
  ),
  unavailable: kind(
    503,
    "The ledger cannot be reached",
    "Whether it was done is not known: ask again with the same idempotency key, which does it at most once.",
    retryAfter,
  ),
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

type MembersOf<S extends z.ZodRawShape> = { readonly [K in keyof S]: z.output<S[K]> };

/** A failed request: its code, and what only this code has to say. */
export type Problem = {
  [C in ProblemCode]: { readonly code: C } & MembersOf<(typeof PROBLEMS)[C]["members"]>;
}[ProblemCode];

/** The RFC 9457 document of a problem. */
export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly request_id: string;
};

export const DOCS_PATH = "/api/v1/docs";

export function describeProblem(problem: Problem, requestId: string): ProblemDocument {
  const { status, title, detail } = PROBLEMS[problem.code];
  return { type: `${DOCS_PATH}#${problem.code}`, title, status, detail, request_id: requestId, ...problem };
}

const schemaOf = (code: ProblemCode) => {
  const { status, title, detail, members } = PROBLEMS[code];
  const schema = z.object({
    code: z.literal(code),
    type: z.literal(`${DOCS_PATH}#${code}`),
    status: z.literal(status),
    title: z.string(),
    detail: z.string(),
    request_id: z.string(),
    ...members,
  });
  return named(problemName(code), schema, `${title}. ${detail}`);
};

/** `insufficient_credits` → `InsufficientCredits`: the name of its schema. */
export const problemName = (code: ProblemCode): string =>
  code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

const schemas = new Map(PROBLEM_CODES.map((code) => [code, schemaOf(code)]));

/** A problem document with one of these codes. */
export const problemSchema = (codes: readonly ProblemCode[]) =>
  z.union(codes.map((code) => schemas.get(code) as ReturnType<typeof schemaOf>));
