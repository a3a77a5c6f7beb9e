import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync } from "node:fs";
import type { Identity } from "./identity";

const limitBytes = 10_000_000;
const shownLines = 12;

/** The server log, emptied when it has grown large; `offset` is where new lines begin. */
export function openLog(path: string, identity: Identity): { fd: number; offset: number; close(): void } {
  const fd = openSync(path, "a", 0o600);
  if (fstatSync(fd).size > limitBytes) ftruncateSync(fd);
  identity.own(path);
  return { fd, offset: fstatSync(fd).size, close: () => closeSync(fd) };
}

export function logSize(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

export function logSince(path: string, offset: number): string {
  if (!existsSync(path)) return "";
  return readFileSync(path).subarray(offset).toString("utf8");
}

/** An error that shows what the server said last. */
export function failure(what: string, path: string, offset: number): Error {
  const said = logSince(path, offset);
  const lines = said.trimEnd().split("\n").slice(-shownLines);
  const hint = /permission denied|EACCES/i.test(what + said)
    ? ["Every directory above the data must be open (x) to the user that runs Postgres."]
    : [];
  return new Error([what, ...hint, `The end of ${path}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
}
