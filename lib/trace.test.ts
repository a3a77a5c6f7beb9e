import { trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { inSpan } from "./trace";

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
