import { type Change, type Journal, noJournal, openJournal, readJournal } from "./journal";
import { TABLE_NAMES, type TableName, type Tables } from "./tables";

type Listener = (change: Change) => void;
type Undo = { table: TableName; id: string; before: { id: string } | undefined };

/**
 * Everything the simulator remembers. Work is synchronous, so one unit of work at a time touches the
 * tables; it is journaled before anybody can see its answer, and undone if it fails.
 */
export class Store {
  private readonly tables = new Map<TableName, Map<string, { id: string }>>();
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
      for (const row of rows.values()) if (!keep(name, row)) rows.delete(row.id);
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
    if (change.row) rows.set(change.id, change.row);
    else rows.delete(change.id);
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
    for (const name of TABLE_NAMES) this.tables.set(name, new Map());
  }

  private *snapshot(): Iterable<Change[]> {
    for (const [table, rows] of this.tables) {
      for (const row of rows.values()) yield [{ table, id: row.id, row }];
    }
  }
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
