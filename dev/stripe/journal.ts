import fs from "node:fs";
import path from "node:path";
import type { TableName } from "./tables";

export type Row = { id: string };
/** One committed unit of work: rows written and rows deleted, in order. */
export type Change = { table: TableName; id: string; row: Row | null };

export type Journal = {
  append(changes: Change[]): void;
  rewrite(batches: Iterable<Change[]>): void;
  close(): void;
};

export const noJournal: Journal = { append() {}, rewrite() {}, close() {} };

/** Calls `replay` for every whole line. A torn last line belongs to a request nobody saw answered. */
export function readJournal(file: string, replay: (changes: Change[]) => void): void {
  if (!fs.existsSync(file)) return;
  const bytes = fs.readFileSync(file);
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    const changes = parseLine(bytes.toString("utf8", start, end));
    if (!changes) {
      if (bytes.indexOf(10, end + 1) < 0) break;
      throw new Error(`${file}: unreadable line at byte ${start}`);
    }
    replay(changes);
    start = end + 1;
  }
  if (start < bytes.length) fs.truncateSync(file, start);
}

function parseLine(line: string): Change[] | null {
  try {
    return JSON.parse(line) as Change[];
  } catch {
    return null;
  }
}

export function openJournal(file: string): Journal {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  let descriptor = fs.openSync(file, "a");
  return {
    // A finished write survives the death of this process; only the machine's own death would need fsync.
    append(changes) {
      fs.appendFileSync(descriptor, `${JSON.stringify(changes)}\n`);
    },
    rewrite(batches) {
      const fresh = `${file}.new`;
      const target = fs.openSync(fresh, "w");
      for (const text of inChunks(batches)) fs.appendFileSync(target, text);
      fs.fsyncSync(target);
      fs.closeSync(target);
      fs.closeSync(descriptor);
      fs.renameSync(fresh, file);
      descriptor = fs.openSync(file, "a");
    },
    close() {
      fs.closeSync(descriptor);
    },
  };
}

function* inChunks(batches: Iterable<Change[]>): Iterable<string> {
  let chunk = "";
  for (const batch of batches) {
    chunk += `${JSON.stringify(batch)}\n`;
    if (chunk.length < 1_000_000) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk) yield chunk;
}
