import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";

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
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.name : typeof error,
      });
      throw error;
    } finally {
      span.end();
    }
  });
}
