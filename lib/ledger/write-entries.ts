import { categoryNumberOf } from "../catalog/categories";
import type { Change } from "./change";
import { isSpending } from "./keys";
import { type Cells, insertStatement, type Send } from "./set-sql";
import type { Movement } from "./state";
import type { Prepared } from "./work";

/** The ordinary spend: one line, from what is available of the active grant. A third fewer columns to send and read. */
export const SPEND_COLUMNS = [
  ["seq", "bigint"],
  ["grant_id", "uuid"],
  ["credits", "bigint"],
  ["key", "uuid"],
  ["fingerprint", "bigint"],
  ["category", "smallint"],
  ["resource", "text"],
  ["reference", "text"],
  ["api_key", "smallint"],
] as const;

export const INSERT_SPENDS = insertStatement({
  into: "entries",
  columns: SPEND_COLUMNS,
  same: [["at", "timestamptz"]],
  fixed: [
    ["from_bucket", "'available'"],
    ["to_bucket", "'spent'"],
    ["line", "0"],
  ],
});

export const INSERT_ENTRIES = insertStatement({
  into: "entries",
  columns: [
    ...SPEND_COLUMNS,
    ["from_bucket", "bucket"],
    ["to_bucket", "bucket"],
    ["line", "smallint"],
    ["hold_id", "uuid"],
  ],
  same: [["at", "timestamptz"]],
});

/** One array per column, filled row by row: thousands of rows a batch, so no object is made for each. */
export class EntryColumns {
  readonly accounts: string[] = [];
  readonly seqs: bigint[] = [];
  readonly grantIds: (string | null)[] = [];
  readonly from: string[] = [];
  readonly to: string[] = [];
  readonly credits: bigint[] = [];
  readonly keys: (string | null)[] = [];
  readonly fingerprints: (string | null)[] = [];
  readonly lines: number[] = [];
  readonly holdIds: (string | null)[] = [];
  readonly categories: (number | null)[] = [];
  readonly resources: (string | null)[] = [];
  readonly references: (string | null)[] = [];
  readonly apiKeys: (number | null)[] = [];

  /** As `SPEND_COLUMNS` has them. */
  get ofSpends(): Cells[] {
    return [
      this.seqs,
      this.grantIds,
      this.credits,
      this.keys,
      this.fingerprints,
      this.categories,
      this.resources,
      this.references,
      this.apiKeys,
    ];
  }

  add(accountId: string, seq: bigint, moved: Movement, line: number, marks: Prepared | null): void {
    this.accounts.push(accountId);
    this.seqs.push(seq);
    this.grantIds.push(moved.grantId);
    this.from.push(moved.from);
    this.to.push(moved.to);
    this.credits.push(moved.credits);
    this.keys.push(marks?.id ?? null);
    this.fingerprints.push(marks?.fingerprint ?? null);
    this.lines.push(line);
    this.holdIds.push(moved.holdId);
    this.categories.push(moved.purpose && categoryNumberOf(moved.purpose.category));
    this.resources.push(moved.purpose?.resource ?? null);
    this.references.push(moved.purpose?.reference ?? null);
    this.apiKeys.push(marks?.apiKey ?? null);
  }
}

export function insertEntries(send: Send, changes: readonly Change[]) {
  const rows = entriesOf(changes);
  const [first] = changes;
  if (rows.seqs.length === 0 || !first) return;
  const at = [first.loaded.now.toISOString()];
  return changes.every((each) => each.loaded.isFastPath)
    ? send(INSERT_SPENDS, rows.accounts, rows.ofSpends, at)
    : send(
        INSERT_ENTRIES,
        rows.accounts,
        [...rows.ofSpends, rows.from, rows.to, rows.lines, rows.holdIds],
        at,
      );
}

export function entriesOf(changes: readonly Change[]): EntryColumns {
  const rows = new EntryColumns();
  for (const change of changes) addEntries(rows, change);
  return rows;
}

function addEntries(rows: EntryColumns, { loaded, due, decided }: Change): void {
  const { accountId } = loaded.work;
  let seq = loaded.lastSeq;
  for (const moved of due) {
    seq += 1n;
    rows.add(accountId, seq, moved, 0, null);
  }
  for (const { prepared, movements } of decided) {
    const marks = isSpending(prepared.command) ? prepared : null;
    for (let line = 0; line < movements.length; line += 1) {
      seq += 1n;
      rows.add(accountId, seq, movements[line] as Movement, line, line === 0 ? marks : null);
    }
  }
}
