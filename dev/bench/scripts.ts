import { gzipSync } from "node:zlib";
import { attribute, type Visitor } from "./visitor";

export type ScriptBytes = {
  /** How many files. */
  readonly files: number;
  /** As the server sends them, gzip-encoded by it. */
  readonly sentBytes: number;
  /** As a proxy that compresses once would: gzip level 9. */
  readonly gzip9Bytes: number;
  readonly plainBytes: number;
};

/**
 * Everything a modern browser loads as JavaScript to show this page: scripts, preloads and module preloads of its
 * HTML, and the chunks its payload names for what runs in the browser. Polyfills marked `nomodule` are not loaded.
 */
export function scriptsOf(page: string): readonly string[] {
  const found = new Set<string>();
  const old = new Set<string>();
  for (const [tag] of page.matchAll(/<script\b[^>]*>/g)) {
    const src = attribute(tag, "src");
    if (src) (/\snomodule[\s=>]/i.test(tag) ? old : found).add(src);
  }
  for (const [tag] of page.matchAll(/<link\b[^>]*>/g)) {
    const href = attribute(tag, "href");
    const loads =
      attribute(tag, "rel") === "modulepreload" ||
      (attribute(tag, "rel") === "preload" && attribute(tag, "as") === "script");
    if (href && loads) found.add(href);
  }
  for (const [path] of page.matchAll(/\/_next\/static\/chunks\/[\w./-]+?\.js/g)) found.add(path);
  return [...found].filter((each) => !old.has(each));
}

/** Adds up files, each loaded once and remembered in `known`. */
export async function weigh(
  visitor: Visitor,
  paths: readonly string[],
  known: Map<string, ScriptBytes>,
): Promise<ScriptBytes> {
  let sum: ScriptBytes = { files: 0, sentBytes: 0, gzip9Bytes: 0, plainBytes: 0 };
  for (const path of paths) {
    const file = known.get(path) ?? (await weighFile(visitor, path));
    known.set(path, file);
    sum = {
      files: sum.files + file.files,
      sentBytes: sum.sentBytes + file.sentBytes,
      gzip9Bytes: sum.gzip9Bytes + file.gzip9Bytes,
      plainBytes: sum.plainBytes + file.plainBytes,
    };
  }
  return sum;
}

async function weighFile(visitor: Visitor, path: string): Promise<ScriptBytes> {
  const { content, wireBytes } = await visitor.download(path);
  return {
    files: 1,
    sentBytes: wireBytes,
    gzip9Bytes: gzipSync(content, { level: 9 }).length,
    plainBytes: content.length,
  };
}
