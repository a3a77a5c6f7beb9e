import { trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { databaseSpans, describeStatement, inSpan } from "./trace";

afterEach(() => trace.disable());

describe("a span", () => {
  it("is nothing where nobody brought a tracer", async () => {
    expect(await inSpan("ledger spend", {}, async () => 7)).toBe(7);
    await expect(inSpan("ledger spend", {}, async () => Promise.reject(new Error("no")))).rejects.toThrow(
      "no",
    );
  });

  it("has a name and attributes, ends with what it is of, and says of an error its name alone", async () => {
    const told: unknown[] = [];
    const span = {
      setStatus: (status: object) => void told.push(status),
      end: () => void told.push("end"),
    };
    const tracer = {
      startActiveSpan: (
        name: string,
        { attributes }: { attributes: object },
        run: (on: typeof span) => unknown,
      ) => {
        told.push([name, attributes]);
        return run(span);
      },
    };
    trace.setGlobalTracerProvider({ getTracer: () => tracer } as unknown as Parameters<
      typeof trace.setGlobalTracerProvider
    >[0]);
    expect(await inSpan("ledger spend", { "refill.command": "spend" }, async () => 7)).toBe(7);
    const failed = inSpan("stripe GET /v1/prices", {}, () =>
      Promise.reject(new TypeError("of marker@example.com")),
    );
    await expect(failed).rejects.toThrow("marker");
    expect(told).toEqual([
      ["ledger spend", { "refill.command": "spend" }],
      "end",
      ["stripe GET /v1/prices", {}],
      { code: 2, message: "TypeError" },
      "end",
    ]);
  });
});

describe("a statement", () => {
  it.each([
    ['select "id" from "orders" where "orders"."id" = $1', "select", "orders"],
    ['insert into "public"."attempts" ("id") values ($1)', "insert", "attempts"],
    ['update "balances" set "seq" = $1', "update", "balances"],
    ["\n  with due as (select 1 from holds) update balances set x = 1", "with", "holds"],
    ["(select 1 from entries) union all (select 2 from grants)", "select", "entries"],
    ["select extract(epoch from now()), 1 from balances", "select", "balances"],
    ['select EXTRACT(epoch from "expires_at" - now()) from "holds"', "select", "holds"],
    ["begin", "begin", null],
    ["select $1::text from $2", "select", null],
    ["", "statement", null],
  ])("is described by what it does and to what: %s", (text, operation, table) => {
    expect(describeStatement(text)).toEqual({ operation, table });
  });

  const tracing = (recording: boolean) => {
    const told: unknown[] = [];
    const span = {
      isRecording: () => recording,
      updateName: (name: string) => void told.push(name),
      setAttributes: (attributes: object) => void told.push(attributes),
      setAttribute: (name: string, value: unknown) => void told.push([name, value]),
      setStatus: (status: object) => void told.push(status),
      end: () => void told.push("end"),
    };
    const tracer = { startSpan: () => span };
    trace.setGlobalTracerProvider({ getTracer: () => tracer } as unknown as Parameters<
      typeof trace.setGlobalTracerProvider
    >[0]);
    return told;
  };

  it("is no span where nobody brought a tracer, or this trace is not kept", () => {
    expect(databaseSpans.ofStatement("select 1")).toBeNull();
    const told = tracing(false);
    expect(databaseSpans.ofStatement("select 1 from orders")).toBeNull();
    expect(told).toEqual([]);
  });

  it("is a span that says neither its text nor what it failed of but a code", () => {
    const told = tracing(true);
    databaseSpans.ofStatement("select 1 from orders where id = 'marker'")?.();
    const refused = Object.assign(new TypeError("of marker@example.com"), { code: "23505" });
    databaseSpans.ofStatement("commit")?.(refused);
    expect(told).toEqual([
      "db select orders",
      { "db.system.name": "postgresql", "db.operation.name": "select" },
      ["db.collection.name", "orders"],
      "end",
      "db commit",
      { "db.system.name": "postgresql", "db.operation.name": "commit" },
      ["db.response.status_code", "23505"],
      { code: 2, message: "TypeError" },
      "end",
    ]);
  });
});
