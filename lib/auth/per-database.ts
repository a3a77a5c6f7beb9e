import type { Database } from "../../db/client";

type Kept = typeof globalThis & { refillPerDatabase?: Map<string, WeakMap<Database, unknown>> };

/** One thing of this name for each database this process talks to, however often the framework loads its module. */
export function perDatabase<T>(name: string, make: (db: Database) => T): (db: Database) => T {
  return (db) => {
    const kept = globalThis as Kept;
    kept.refillPerDatabase ??= new Map();
    const made = kept.refillPerDatabase.get(name) ?? new WeakMap<Database, unknown>();
    kept.refillPerDatabase.set(name, made);
    if (!made.has(db)) made.set(db, make(db));
    return made.get(db) as T;
  };
}
