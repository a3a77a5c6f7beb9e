import { type Attributes, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Spans } from "../db/connection";

const TRACER = "refill";

/**
 * Runs something as a span of the trace that is under way. Without a tracer, which the operator brings (docs/tracing.md), it does
 * nothing but run it. A rejection ends the span as failed, with the error's name alone: messages may hold what was asked.
 */
export function inSpan<T>(name: string, attributes: Attributes, run: () => Promise<T>): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await run();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

const fail = (span: Span, error: unknown) =>
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.name : typeof error,
  });

/**
 * A span for each statement (`db select orders`) and for each transaction that waits for its statements one by one
 * (`db transaction`). Of a statement it says what it does and to which table it does it first: never its text, in which a shard's
 * account stands, nor its parameters.
 */
export const databaseSpans: Spans = {
  ofStatement(text) {
    // Its name is made only where somebody keeps it.
    const span = trace.getTracer(TRACER).startSpan("db");
    if (!span.isRecording()) return null;
    const { operation, table } = describeStatement(text);
    span.updateName(["db", operation, table].filter(Boolean).join(" "));
    span.setAttributes({ "db.system.name": "postgresql", "db.operation.name": operation });
    if (table) span.setAttribute("db.collection.name", table);
    return (error) => {
      const { code } = (error ?? {}) as { code?: unknown };
      // SQLSTATE, or what the driver says of a lost connection.
      if (typeof code === "string") span.setAttribute("db.response.status_code", code);
      if (error) fail(span, error);
      span.end();
    };
  },
  ofTransaction: (run) => inSpan("db transaction", {}, run),
};

/** What a statement begins with, and the first table it names. */
export function describeStatement(text: string): {
  readonly operation: string;
  readonly table: string | null;
} {
  // `extract(epoch from expires_at)` names a column.
  const named = text.replaceAll(/\bextract\s*\(\s*\w+\s+from\b/gi, "");
  const operation = /^\s*\(*\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? "statement";
  const table = /\b(?:from|into|update)\s+(?:only\s+)?(?:"?\w+"?\.)?"?([a-z_]\w*)"?(?!\w|\()/i.exec(
    named,
  )?.[1];
  return { operation, table: table ?? null };
}
