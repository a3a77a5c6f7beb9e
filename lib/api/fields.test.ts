import { describe, expect, it } from "vitest";
import { fieldsOf } from "./fields";
import { namedSchemas } from "./openapi";

const schemas = namedSchemas();
const fields = (name: string) => fieldsOf({ $ref: `#/components/schemas/${name}` }, schemas);

describe("the fields of a schema", () => {
  it("say what they are and what they may be", () => {
    expect(fields("HoldRequest")).toEqual([
      {
        name: "credits",
        type: "integer, 1 to 9007199254740991",
        required: true,
        description: expect.any(String),
      },
      {
        name: "expires_in_seconds",
        type: "integer, 1 to 86400, 900 if left out",
        required: false,
        description: expect.any(String),
      },
      {
        name: "category",
        type: '"ai_processing" or "infrastructure" or "platform"',
        required: true,
        description: expect.any(String),
      },
      {
        name: "resource",
        type: "string, up to 100 characters or null",
        required: false,
        description: expect.any(String),
      },
      {
        name: "reference",
        type: "string, up to 200 characters or null",
        required: false,
        description: expect.any(String),
      },
    ]);
  });

  it("include what is inside of them, each once, and only name what has a name", () => {
    expect(fields("Spends").map(({ name, type }) => [name, type])).toEqual([
      ["results", "array"],
      ["results[].idempotency_key", "string or null"],
      ["results[].status", "201 or 400 or 404 or 402 or 422 or 503 or 500"],
      ["results[].replayed", "boolean"],
      ["results[].spend", "Spend"],
      ["results[].problem", "SpendProblem"],
    ]);
    expect(fields("Balance").map(({ name }) => name)).toContain("by_kind.plan.held");
  });
});
