import type { Raw } from "../../db/client";

/** A statement over rows given as one array per column: of one account, or of many. */
export type SetStatement = {
  readonly one: string;
  readonly many: string;
  readonly types: readonly string[];
};

/** An insert has a third form, of one account: every value a parameter of its own. */
export type InsertStatement = SetStatement & { valuesOf(rows: number): string };

type Column = readonly [name: string, type: string];

/**
 * Builds both forms of a statement. `rows` stands for the given rows under the name `m`, `account` for their account:
 * a constant when there is one account, because a sharded database routes by constants. The first parameter is the
 * account, or the array of accounts; one array for each column follows, then `rest` from `$${columns + 2}` on.
 */
export function setStatement(
  columns: readonly Column[],
  build: (rows: string, account: string) => string,
): SetStatement {
  const arrays = columns.map(([, type], index) => `$${index + 2}::${type}[]`);
  const names = columns.map(([name]) => name);
  return {
    one: build(`unnest(${arrays.join(", ")}) as m(${names.join(", ")})`, "$1::uuid"),
    many: build(
      `unnest(${["$1::uuid[]", ...arrays].join(", ")}) as m(${["account_id", ...names].join(", ")})`,
      "m.account_id",
    ),
    types: columns.map(([, type]) => type),
  };
}

export type Insert = {
  readonly into: string;
  /** Given row by row; `read` makes the column's value of the one that was given. */
  readonly columns: readonly (readonly [name: string, type: string, read?: (value: string) => string])[];
  /** Given once for all rows. */
  readonly same?: readonly Column[];
  /** What is the same whatever is given, as SQL. */
  readonly fixed?: readonly (readonly [name: string, sql: string])[];
};

/**
 * Builds the three forms of an insert. As arrays it is an `insert … select`, which a sharded database would carry out
 * as COPY with a two-phase commit, and tell of a repeated key as an error without its code; as `VALUES` under one
 * constant account it goes to that account's shard as it is.
 */
export function insertStatement({ into, columns, same = [], fixed = [] }: Insert): InsertStatement {
  const names = [columns, same, fixed].flatMap((each) => each.map(([name]) => name));
  const head = `insert into ${into} as t (${["account_id", ...names].join(", ")})`;
  const afterArrays = same.map(([, type], index) => `$${columns.length + 2 + index}::${type}`);
  const constants = fixed.map(([, sql]) => sql);
  const fromArrays = setStatement(
    columns.map(([name, type]) => [name, type]),
    (rows, account) => {
      const read = columns.map(([name, , how = asItIs]) => how(`m.${name}`));
      return `${head} select ${[account, ...read, ...afterArrays, ...constants].join(", ")} from ${rows}`;
    },
  );
  const first = same.map(([, type], index) => `$${2 + index}::${type}`);
  const rowOf = (_: unknown, row: number) => {
    const from = 2 + same.length + row * columns.length;
    const read = columns.map(([, type, how = asItIs], index) => how(`$${from + index}::${type}`));
    return `(${["$1::uuid", ...read, ...first, ...constants].join(", ")})`;
  };
  const built = new Map<number, string>();
  const valuesOf = (rows: number) => {
    const text = built.get(rows) ?? `${head} values ${Array.from({ length: rows }, rowOf).join(", ")}`;
    built.set(rows, text);
    return text;
  };
  return { ...fromArrays, valuesOf };
}

const asItIs = (value: string) => value;

type Cell = string | bigint | number | boolean | Date | null;
/** The values of one column, row by row. */
export type Cells = readonly Cell[];

export type Send = <R extends object>(
  statement: SetStatement | InsertStatement,
  accounts: readonly string[],
  columns: readonly Cells[],
  same?: readonly string[],
) => Promise<readonly R[]>;

export type Form = {
  /** The account, where all rows are of one. */
  readonly one: string | null;
  /** Inserts of one account go as `VALUES`. */
  readonly asValues: boolean;
};

/** How statements over rows are sent: in the form for one account or for many, as arrays or as values. */
export function sender(raw: Raw, { one, asValues }: Form): Send {
  return async <R extends object>(
    statement: SetStatement | InsertStatement,
    accounts: readonly string[],
    columns: readonly Cells[],
    same: readonly string[] = [],
  ): Promise<readonly R[]> => {
    if (one && asValues && "valuesOf" in statement) return sendValues(raw, statement, one, { columns, same });
    const arrays = columns.map((cells, index) => arrayOf(cells, statement.types[index] as string));
    return one
      ? raw.unsafe<R>(statement.one, [one, ...arrays, ...same])
      : raw.unsafe<R>(statement.many, [plainArray(accounts), ...arrays, ...same]);
  };
}

/** Sends a statement with one row for each of these accounts. One account is named as a constant, as a sharded database wants it. */
export const sendForEach = <R extends object>(
  raw: Raw,
  statement: SetStatement,
  accounts: readonly string[],
  columns: readonly Cells[],
): Promise<readonly R[]> => {
  const one = accounts.length === 1 ? (accounts[0] ?? null) : null;
  return sender(raw, { one, asValues: false })<R>(statement, accounts, columns);
};

/** A statement is prepared for each number of rows: powers of two keep them few. 14 columns of it are far from 65,535. */
const MAX_ROWS = 256;

async function sendValues(
  raw: Raw,
  statement: InsertStatement,
  account: string,
  { columns, same }: { readonly columns: readonly Cells[]; readonly same: readonly string[] },
): Promise<[]> {
  const total = columns[0]?.length ?? 0;
  const sent: Promise<unknown>[] = [];
  for (let from = 0; from < total; ) {
    let size = MAX_ROWS;
    while (size > total - from) size /= 2;
    const cells: (string | null)[] = [account, ...same];
    for (let row = from; row < from + size; row += 1)
      for (const column of columns) cells.push(textOf(column[row] as Cell));
    sent.push(raw.unsafe(statement.valuesOf(size), cells));
    from += size;
  }
  await Promise.all(sent);
  return [];
}

const textOf = (cell: Cell): string | null =>
  cell === null ? null : cell instanceof Date ? cell.toISOString() : String(cell);

function arrayOf(cells: Cells, type: string): string {
  switch (type) {
    case "text":
      return textArray(cells as readonly (string | null)[]);
    case "timestamptz":
      return instantArray(cells as readonly (Date | null)[]);
    default:
      return plainArray(cells as readonly (string | bigint | number | boolean | null)[]);
  }
}

/** An array as Postgres reads it, of elements that need no quotes: numbers, uuids, enum labels, instants. */
export const plainArray = (values: readonly (string | bigint | number | boolean | null)[]): string =>
  `{${values.map((each) => each ?? "NULL").join(",")}}`;

/** An array of any text. */
export const textArray = (values: readonly (string | null)[]): string =>
  `{${values.map((each) => (each === null ? "NULL" : `"${each.replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;

export const instantArray = (values: readonly (Date | null)[]): string =>
  plainArray(values.map((each) => each && `"${each.toISOString()}"`));
