import type { Instrumentation } from "next";

/** Runs once when a web process starts, before it answers anything. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || process.env.NEXT_PHASE === "phase-production-build") return;
  const { startProcess } = await import("./lib/start-process");
  await startProcess();
}

/** Called for whatever of a page, route or action was thrown as far as the framework. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { noteFailure } = await import("./lib/unavailable"); // First: the framework is about to answer.
  noteFailure(error, request.headers);
  const { tellRequestError } = await import("./lib/request-error");
  tellRequestError(error, request, context);
};
