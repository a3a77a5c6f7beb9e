import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "./env";

/** What a page of one build must find in another to go on working there. */
export type BuildFacts = {
  /** The ids of all actions that pages of this build can send. */
  readonly actions: ReadonlySet<string>;
  /** Of these ids and the key that what is bound to them is encrypted with; equal where one build understands the other's. */
  readonly fingerprint: string;
};

type Manifest = { readonly node: Readonly<Record<string, unknown>>; readonly encryptionKey: string };

let read: BuildFacts | null | undefined;

/** Of the build this process runs; null in development, where actions come and go. Throws when a build lacks them. */
export function buildFacts(): BuildFacts | null {
  read ??= env().NODE_ENV === "production" ? readFacts() : null;
  return read;
}

/** The routes of the build this process runs, as it calls them; none in development, where they come and go. */
export function routePatterns(): readonly string[] {
  if (env().NODE_ENV !== "production") return [];
  const path = join(/* turbopackIgnore: true */ process.cwd(), ".next/app-path-routes-manifest.json");
  return [...new Set(Object.values(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>))];
}

function readFacts(): BuildFacts {
  const path = join(/* turbopackIgnore: true */ process.cwd(), ".next/server/server-reference-manifest.json");
  const { node, encryptionKey } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const ids = Object.keys(node).sort();
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([ids, encryptionKey]))
    .digest("hex");
  return { actions: new Set(ids), fingerprint: fingerprint.slice(0, 16) };
}
