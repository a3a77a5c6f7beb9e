import { databaseIsAway } from "../db/pool";
import { DatabaseBusy } from "../db/transact";

/** In an outage, so long the same line is counted after it was written once. */
const TOGETHER_MS = 10_000;

type Line = {
  readonly level: "warn" | "error";
  readonly words: string;
  readonly record: Readonly<Record<string, unknown>>;
};
type Counted = Line & { more: number };

export type OutageLines = {
  /** Whether the line is to be written now; if not it is counted, and told of later. */
  isNew(line: Line): boolean;
  /** Tells of what was counted and not told of yet. */
  flush(): void;
};

/** While the database is away, what fails fails alike for everybody: nothing is learned from each line of it. */
const isOutage = (error: unknown): boolean => error instanceof DatabaseBusy || databaseIsAway(error);

/**
 * Lines about errors that only say that the database is away: the first of a kind (its words, and the task or route it is
 * of) is to be written, and after ten seconds how many more there were. No other line is ever held back.
 */
export function createOutageLines(
  write: (level: Line["level"], record: object, words: string) => void,
): OutageLines {
  const counting = new Map<string, Counted>();
  const tell = (name: string) => {
    const counted = counting.get(name);
    counting.delete(name);
    if (counted && counted.more > 0)
      write(counted.level, { ...counted.record, repeated: counted.more }, `${counted.words} (repeated)`);
  };
  return {
    isNew({ level, words, record }) {
      if (!isOutage(record.err)) return true;
      const { task, route } = record;
      const name = [level, words, task, route].join(" ");
      const counted = counting.get(name);
      if (counted) {
        counted.more += 1;
        return false;
      }
      // What is told of many is told without what was one's alone.
      const ofAll = { err: record.err, ...(task ? { task } : {}), ...(route ? { route } : {}) };
      counting.set(name, { level, words, record: ofAll, more: 0 });
      setTimeout(tell, TOGETHER_MS, name).unref();
      return true;
    },
    flush: () => {
      for (const name of [...counting.keys()]) tell(name);
    },
  };
}
