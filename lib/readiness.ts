import type { Database } from "../db/client";
import { findMisfit, findSchemaMisfit, type Misfit } from "../db/fits";
import { deps } from "./deps";
import { isDraining } from "./draining";

/** Whether this process can serve, and if not, why. */
export type Readiness = "ready" | "draining" | "no_database" | Misfit;

const PATIENCE_MS = 2_000;

/** Databases whose role was looked at: it stays what it is. */
const fitting = new WeakSet<Database>();

// However often it is asked, the database is asked once at a time.
const kept = globalThis as typeof globalThis & { refillReadiness?: Promise<Readiness> | undefined };

/**
 * Whether this process can serve: it was not told to stop, the database answers within 2 s, has the tables this code
 * was written for and none that it must not write, and lets this role change no entry. Nothing else counts, and nothing of other processes. Never rejects.
 */
export function askReadiness(db: Database = deps().db): Promise<Readiness> {
  if (isDraining()) return Promise.resolve("draining");
  kept.refillReadiness ??= askDatabase(db).finally(() => {
    kept.refillReadiness = undefined;
  });
  return kept.refillReadiness;
}

async function askDatabase(db: Database): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<Readiness>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, "no_database");
  });
  const answer = ask(db).catch((): Readiness => "no_database");
  try {
    return await Promise.race([answer, impatience]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(db: Database): Promise<Readiness> {
  if (fitting.has(db)) return (await findSchemaMisfit(db)) ?? "ready";
  const misfit = await findMisfit(db);
  if (!misfit) fitting.add(db);
  return misfit ?? "ready";
}

/** The answer of a probe: 200 when this process is to get requests, else 503. */
export async function answerReadiness(): Promise<Response> {
  const status = await askReadiness();
  return Response.json(
    { status },
    { status: status === "ready" ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
