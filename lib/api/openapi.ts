import { z } from "zod";
import type { Category } from "../catalog/catalog";
import { listAllCategories, listCategories } from "../catalog/categories";
import { OPERATIONS, type Operation, problemsOf } from "./operations";
import { documented } from "./parts";
import { PROBLEMS, type ProblemCode, problemName } from "./problems";
import { idempotencyKeyText } from "./schemas";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The OpenAPI 3.1 document, made from the very schemas that check requests. `origin` is where the API is served. */
export const openApiDocument = (origin: string, product: string) => ({
  openapi: "3.1.0",
  info: {
    title: `${product} credits`,
    version: "1",
    description: `Read balances and spend credits. How to use it is told at ${origin}/api/v1/docs.`,
  },
  servers: [{ url: `${origin}/api/v1` }],
  security: [{ apiKey: [] }],
  paths: pathsOf(OPERATIONS),
  components: { schemas: namedSchemas(), headers: HEADERS, securitySchemes: SECURITY },
});

const SECURITY = { apiKey: { type: "http", scheme: "bearer", description: "An API key: `rk_…`." } };

const HEADERS = {
  RequestId: {
    description: "Names this request in our logs: yours, if you sent an `X-Request-Id`.",
    schema: { type: "string" },
  },
  RateLimitPolicy: {
    description:
      "Requests a key may send in a window of `w` seconds (draft-ietf-httpapi-ratelimit-headers-10).",
    schema: { type: "string" },
    example: '"requests";q=1000;w=1',
  },
  RateLimit: {
    description: "Requests left, and the seconds until the window ends.",
    schema: { type: "string" },
    example: '"requests";r=999;t=1',
  },
  IdempotencyReplayed: {
    description: "`true` when the key was used before: nothing happened now, this was the answer then.",
    schema: { type: "string", enum: ["true"] },
  },
  RetryAfter: { description: "Seconds to wait.", schema: { type: "integer" } },
};

const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });
const EVERY_ANSWER = {
  "X-Request-Id": header("RequestId"),
  "RateLimit-Policy": header("RateLimitPolicy"),
  RateLimit: header("RateLimit"),
};

/** Every schema that has a name, as JSON Schema 2020-12. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(documented, { uri: (id) => `#/components/schemas/${id}`, ...STYLE });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema as JsonSchema]),
  );
}

/** What of the catalog a category can be: one to spend under, or one of an entry. */
const CATEGORY_FORMATS: Readonly<Record<string, () => readonly Category[]>> = {
  "spend-category": listCategories,
  "entry-category": listAllCategories,
};

/** Answers may get new members one day, so theirs stay open; a format says enough, and an int64 has no JSON bound. */
const STYLE = {
  io: "input",
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    if (jsonSchema.format === "int64") delete jsonSchema.maximum;
    const categories = CATEGORY_FORMATS[jsonSchema.format ?? ""]?.();
    if (!categories) return;
    delete jsonSchema.format;
    jsonSchema.enum = categories.map(({ id }) => id);
  },
} as const;

const inline = (schema: z.ZodType): JsonSchema => {
  const { $schema, ...rest } = z.toJSONSchema(schema, STYLE);
  return rest;
};

const schemaRef = (schema: z.ZodType): JsonSchema => {
  const name = documented.get(schema)?.id;
  return name ? refTo(name) : inline(schema);
};

function pathsOf(operations: readonly Operation[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const each of operations) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: describe(each) };
  }
  return paths;
}

const describe = (operation: Operation) => ({
  operationId: operation.id,
  summary: operation.summary,
  description: `${operation.description} Needs a key with the scope \`${operation.scope}\`.`,
  parameters: parametersOf(operation),
  ...(operation.body && { requestBody: requestBodyOf(operation, operation.body) }),
  responses: { [operation.status]: successOf(operation), ...failuresOf(operation) },
});

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string | undefined;
};

const PATH_IDS = {
  account: { name: "account_id", pattern: "^acct_[0-9a-f]{32}$" },
  hold: { name: "hold_id", pattern: "^hold_[0-9a-f]{64}$" },
};

/** What an operation takes beside its body. */
export function parametersOf({ subject, key, query }: Operation): Parameter[] {
  const parameters: Parameter[] = [];
  if (subject !== "none") {
    const { name, pattern } = PATH_IDS[subject];
    parameters.push({ name, in: "path", required: true, schema: { type: "string", pattern } });
  }
  if (key === "header") {
    const schema = inline(idempotencyKeyText);
    const description = "Your own name for this request: one key, one effect, one answer.";
    parameters.push({ name: "Idempotency-Key", in: "header", required: true, schema, description });
  }
  const properties = query ? z.toJSONSchema(query, { ...STYLE, io: "output" }).properties : undefined;
  for (const [name, schema] of Object.entries(properties ?? {})) {
    const { description, ...rest } = schema as JsonSchema;
    parameters.push({ name, in: "query", required: false, schema: rest, description });
  }
  return parameters;
}

const requestBodyOf = (operation: Operation, body: z.ZodObject) => ({
  required: !operation.bodyIsOptional,
  content: {
    "application/json": {
      schema: schemaRef(operation.shownBody ?? body),
      example: operation.example.body ?? {},
    },
  },
});

const successOf = (operation: Operation) => ({
  description: operation.summary,
  headers:
    operation.key === "header"
      ? { ...EVERY_ANSWER, "Idempotency-Replayed": header("IdempotencyReplayed") }
      : EVERY_ANSWER,
  content: {
    "application/json": { schema: schemaRef(operation.answer), example: operation.example.answer },
  },
});

function failuresOf(operation: Operation) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(operation)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, failureOf(codes)]));
}

const failureOf = (codes: readonly ProblemCode[]) => ({
  description: codes.map((code) => PROBLEMS[code].title).join(", or: "),
  headers: codes.some((code) => "retry_after_seconds" in PROBLEMS[code].members)
    ? { "X-Request-Id": header("RequestId"), "Retry-After": header("RetryAfter") }
    : { "X-Request-Id": header("RequestId") },
  content: { "application/problem+json": { schema: oneOf(codes.map((code) => refTo(problemName(code)))) } },
});

const oneOf = (schemas: JsonSchema[]): JsonSchema => {
  const [only] = schemas;
  return only && schemas.length === 1 ? only : { oneOf: schemas };
};
