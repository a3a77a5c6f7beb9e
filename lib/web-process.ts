import { hostname } from "node:os";
import { and, eq, gt, lt, ne, or, sql } from "drizzle-orm";
import type { Database } from "../db/client";
import { webProcesses } from "../db/schema";
import { newId } from "./ids";
import type { Logger } from "./log";

/** What must be the same in every process behind one address. */
export type Served = { readonly fingerprint: string; readonly deploymentId: string };

/** So often a process says that it is there; one not heard of for three times as long is not counted. */
const SEEN_EVERY_MS = 60_000;
const COUNTED = sql`now() - interval '3 minutes'`;
const FORGOTTEN = sql`now() - interval '1 day'`;

const DIFFERS =
  "another web process serves another build: a form of one's page is not known to the other, and leads back to its page. " +
  "That is so while a version is rolled out; if it stays, build once for all hosts, or with one NEXT_SERVER_ACTIONS_ENCRYPTION_KEY " +
  "and NEXT_DEPLOYMENT_ID";

export type Presence = {
  /** Says that this process is there, and the first time it could, whether it differs from others. Never rejects. */
  readonly said: () => Promise<void>;
  /** Says no more, and takes the row away. Never rejects. */
  readonly leave: () => Promise<void>;
};

/** Puts this web process among the others. A database that is away is tried again; nothing waits for it. */
export function joinWebProcesses(db: Database, log: Logger, served: Served): Presence {
  const id = newId();
  let compared = false;
  const said = async () => {
    try {
      await sayThere(db, id, served);
      if (!compared) await tellDifferences(db, log, id, served);
      compared = true;
    } catch (error) {
      log.warn({ err: error }, "this web process could not be put among the others; it is tried again");
    }
  };
  const saying = setInterval(said, SEEN_EVERY_MS).unref();
  return {
    said,
    leave: async () => {
      clearInterval(saying);
      await db
        .delete(webProcesses)
        .where(eq(webProcesses.id, id))
        .catch(() => {}); // It is forgotten by itself, a little later.
    },
  };
}

async function sayThere(db: Database, id: string, served: Served): Promise<void> {
  const name = `${hostname()}:${process.pid}`;
  await db
    .insert(webProcesses)
    .values({ id, name, ...served })
    .onConflictDoUpdate({ target: webProcesses.id, set: { seenAt: sql`now()` } });
}

async function tellDifferences(db: Database, log: Logger, id: string, served: Served): Promise<void> {
  await db.delete(webProcesses).where(lt(webProcesses.seenAt, FORGOTTEN));
  const others = await db
    .select({
      name: webProcesses.name,
      fingerprint: webProcesses.fingerprint,
      deploymentId: webProcesses.deploymentId,
    })
    .from(webProcesses)
    .where(
      and(
        ne(webProcesses.id, id),
        gt(webProcesses.seenAt, COUNTED),
        or(
          ne(webProcesses.fingerprint, served.fingerprint),
          ne(webProcesses.deploymentId, served.deploymentId),
        ),
      ),
    )
    .limit(20);
  if (others.length > 0) log.warn({ ...served, others }, DIFFERS);
}
