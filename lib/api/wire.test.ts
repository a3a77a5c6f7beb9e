import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { catalogWith, sellAsUsual } from "../../dev/testing/catalog";
import { setCatalog } from "../catalog/catalog";
import { newId } from "../ids";
import { check } from "./check";
import { fromHoldId, toHoldId } from "./ids";
import { jsonInteger, toJson } from "./json";
import { openApiDocument } from "./openapi";
import { OPERATIONS, problemsOf } from "./operations";
import { describeProblem, PROBLEM_CODES, type Problem } from "./problems";
import { batchedSpend } from "./schemas";

describe("integers in JSON", () => {
  property.prop([fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }), fc.string()])(
    "keep every digit, and leave text alone",
    (value, text) => {
      const json = toJson({ text, list: [{ value: jsonInteger(value) }] });
      expect(json).toBe(`{"text":${JSON.stringify(text)},"list":[{"value":${value}}]}`);
    },
  );
});

describe("a hold's id", () => {
  it("names its account, so that nothing is looked up", () => {
    const address = { accountId: newId(), holdId: newId() };
    expect(toHoldId(address)).toMatch(/^hold_[0-9a-f]{64}$/);
    expect(fromHoldId(toHoldId(address))).toEqual(address);
  });

  it("made up by hand is none", () => {
    const good = toHoldId({ accountId: newId(), holdId: newId() });
    const bad = [
      null,
      "",
      "hold_",
      good.slice(0, -1),
      `${good}0`,
      good.toUpperCase(),
      good.replace("hold", "acct"),
    ];
    for (const text of bad) expect(fromHoldId(text), String(text)).toBe(null);
  });
});

describe("what is wrong with a body", () => {
  it("is told by a pointer each, for at most twenty places", () => {
    const members = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`a/b~${index}`, 1]));
    const checked = check(batchedSpend, members);
    const errors = !checked.ok && checked.error.code === "invalid_request" ? checked.error.errors : [];
    expect(errors).toHaveLength(20);
    expect(errors).toContainEqual({ pointer: "/a~1b~00", detail: "is not known" });
  });
});

describe("a problem", () => {
  it("has the address of its explanation, and what only it has to say", () => {
    const problem: Problem = { code: "insufficient_credits", available: 3, owed: 0 };
    expect(describeProblem(problem, "r1")).toMatchObject({
      type: "/api/v1/docs#insufficient_credits",
      status: 402,
      request_id: "r1",
      available: 3,
    });
  });

  it("that can happen is documented somewhere", () => {
    const told = new Set(OPERATIONS.flatMap((each) => problemsOf(each)));
    const addresses = ["not_found", "method_not_allowed"];
    expect(PROBLEM_CODES.filter((code) => !told.has(code))).toEqual(addresses);
  });
});

describe("the OpenAPI document", () => {
  const document = JSON.stringify(openApiDocument("https://x.example", "Test"));

  it("refers to nothing that is not in it", () => {
    const { components } = JSON.parse(document);
    const references = [...document.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(50);
    for (const [, kind = "", name = ""] of references) expect(components[kind], name).toHaveProperty(name);
  });

  it("names in its examples what can be spent on, whatever that is", () => {
    setCatalog(
      catalogWith((written) => {
        written.categories = [{ number: 9, id: "voice", label: "Voice" }];
      }),
    );
    const said = JSON.stringify(openApiDocument("https://x.example", "Test"));
    expect(said).toContain('"category":"voice"');
    expect(said).not.toMatch(/ai_processing|infrastructure/);
    sellAsUsual();
  });

  it("has examples its own schemas accept", () => {
    for (const { shownBody, body, answer, example, id } of OPERATIONS) {
      expect(answer.safeParse(example.answer).error, id).toBeUndefined();
      const schema = shownBody ?? body;
      if (schema) expect(schema.safeParse(example.body ?? {}).error, id).toBeUndefined();
    }
  });
});
