import { type Change, type Journal, noJournal, openJournal, readJournal } from "./journal";
import { TABLE_NAMES, type TableName, type Tables } from "./tables";

/** What rows are looked for by: an id in one of these fields, or that of the object in it. */
const INDEXED = ["customer", "invoice"] as const;
export type IndexedField = (typeof INDEXED)[number];

type Listener = (change: Change) => void;
type Undo = { table: TableName; id: string; before: { id: string } | undefined };

/**
 * Everything the simulator remembers. Work is synchronous, so one unit of work at a time touches the
 * tables; it is journaled before anybody can see its answer, and undone if it fails.
 */
export class Store {
  private readonly tables = new Map<TableName, Map<string, { id: string }>>();
  /** Ids of a table's rows by what stands in a field of theirs: a world of many customers is not gone through for one. */
  private readonly index = new Map<string, Set<string>>();
  /** Where a row stands in its table: what belongs to somebody later than it was made is listed as it was made. */
  private readonly places = new Map<string, number>();
  private rowsEver = 0;
  private journal: Journal = noJournal;
  private changes: Change[] | null = null;
  private undo: Undo[] = [];
  private readonly listeners: Listener[] = [];

  /** In live mode every object says so, however deep it lies in another. */
  constructor(
    private readonly file: string | null,
    private readonly isLive = false,
  ) {
    this.clear();
  }

  open(keep: (table: TableName, row: { id: string }) => boolean): void {
    if (!this.file) return;
    readJournal(this.file, (changes) => {
      for (const change of changes) this.apply(change);
    });
    for (const [name, rows] of this.tables) {
      for (const row of [...rows.values()])
        if (!keep(name, row)) this.apply({ table: name, id: row.id, row: null });
    }
    this.journal = openJournal(this.file);
    this.journal.rewrite(this.snapshot());
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.rows(table).get(id);
  }

  /** Rows of a table, newest first. */
  list<T extends TableName>(table: T): Tables[T][] {
    return [...this.rows(table).values()].reverse();
  }

  /** Those of its rows that have this id in a field, newest first. */
  listOf<T extends TableName>(table: T, field: IndexedField, id: string): Tables[T][] {
    const placeOf = (each: string) => this.places.get(`${table} ${each}`) ?? 0;
    const ids = [...(this.index.get(keyOf(table, field, id)) ?? [])];
    return ids.sort((a, b) => placeOf(b) - placeOf(a)).flatMap((each) => this.get(table, each) ?? []);
  }

  /** A table's rows, or those of the customer whom a request names; newest first. */
  listFor<T extends TableName>(table: T, { customer }: { readonly customer?: string }): Tables[T][] {
    return customer ? this.listOf(table, "customer", customer) : this.list(table);
  }

  /** Whether any object has this id. */
  holds(id: string): boolean {
    return [...this.tables.values()].some((rows) => rows.has(id));
  }

  count(table: TableName): number {
    return this.rows(table).size;
  }

  /** Rows are never changed in place: events and saved answers share them. */
  put<T extends TableName>(table: T, row: Tables[T]): Tables[T] {
    const kept = this.isLive ? markLive(row) : row;
    this.change({ table, id: row.id, row: kept });
    return kept;
  }

  update<T extends TableName>(table: T, id: string, patch: Partial<Tables[T]>): Tables[T] {
    const row = this.get(table, id);
    if (!row) throw new Error(`no ${table} ${id}`);
    return this.put(table, { ...row, ...patch });
  }

  delete(table: TableName, id: string): void {
    this.change({ table, id, row: null });
  }

  onCommit(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Runs `work` whole or not at all. `keepOn` says which errors are outcomes worth keeping. */
  transact<T>(work: () => T, keepOn: (error: unknown) => boolean = () => false): T {
    if (this.changes) throw new Error("units of work do not nest");
    this.changes = [];
    this.undo = [];
    try {
      const result = work();
      this.commit();
      return result;
    } catch (error) {
      if (keepOn(error)) this.commit();
      else this.rollback();
      throw error;
    } finally {
      this.changes = null;
    }
  }

  reset(): void {
    this.clear();
    this.journal.rewrite([]);
  }

  close(): void {
    this.journal.close();
    this.journal = noJournal;
  }

  private rows<T extends TableName>(table: T): Map<string, Tables[T]> {
    return this.tables.get(table) as Map<string, Tables[T]>;
  }

  private change(change: Change): void {
    if (!this.changes) throw new Error("a change outside a unit of work");
    this.undo.push({ table: change.table, id: change.id, before: this.get(change.table, change.id) });
    this.apply(change);
    this.changes.push(change);
  }

  private apply(change: Change): void {
    const rows = this.tables.get(change.table);
    if (!rows) throw new Error(`unknown table ${change.table}`);
    for (const field of INDEXED) {
      const [before, after] = [idIn(rows.get(change.id), field), idIn(change.row, field)];
      if (before === after) continue;
      if (before !== null) this.index.get(keyOf(change.table, field, before))?.delete(change.id);
      if (after !== null) this.indexed(keyOf(change.table, field, after)).add(change.id);
    }
    const place = `${change.table} ${change.id}`;
    if (!change.row) this.places.delete(place);
    else if (!this.places.has(place)) this.places.set(place, ++this.rowsEver);
    if (change.row) rows.set(change.id, change.row);
    else rows.delete(change.id);
  }

  private indexed(key: string): Set<string> {
    const ids = this.index.get(key) ?? new Set();
    this.index.set(key, ids);
    return ids;
  }

  private commit(): void {
    const changes = this.changes ?? [];
    if (changes.length === 0) return;
    this.journal.append(lastPerRow(changes));
    for (const change of changes) for (const listener of this.listeners) listener(change);
  }

  private rollback(): void {
    for (const { table, id, before } of this.undo.reverse()) this.apply({ table, id, row: before ?? null });
  }

  private clear(): void {
    this.index.clear();
    this.places.clear();
    for (const name of TABLE_NAMES) this.tables.set(name, new Map());
  }

  private *snapshot(): Iterable<Change[]> {
    for (const [table, rows] of this.tables) {
      for (const row of rows.values()) yield [{ table, id: row.id, row }];
    }
  }
}

const keyOf = (table: TableName, field: IndexedField, id: string): string => `${table} ${field} ${id}`;

function idIn(row: object | null | undefined, field: IndexedField): string | null {
  const held = (row as Partial<Record<IndexedField, unknown>> | null | undefined)?.[field];
  if (typeof held === "string") return held;
  const id = typeof held === "object" && held !== null ? (held as { id?: unknown }).id : null;
  return typeof id === "string" ? id : null;
}

// A row written several times keeps its first place, so that order survives a restart.
function lastPerRow(changes: Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes) {
    const key = `${change.table} ${change.id}`;
    last.set(key, change);
  }
  return [...last.values()];
}

/** The same with every `livemode` true. */
export function markLive<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(markLive) as T;
  const entries = Object.entries(value).map(([key, part]) => [
    key,
    key === "livemode" ? true : markLive(part),
  ]);
  return Object.fromEntries(entries) as T;
}
