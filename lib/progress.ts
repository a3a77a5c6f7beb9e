/** How far a long command is, told on standard error: what it answers with stays alone on standard output. */
export type Progress = {
  /** Begins the next part of the work (`accounts`, `reading invoices`), with how many things it has where that is known. */
  readonly step: (what: string, total?: number) => void;
  /** So many things of this part are done. */
  readonly at: (done: number, total?: number) => void;
  /** Writes something else while the work goes on, without the line of progress in it. */
  readonly aside: (write: () => void) => void;
  /** This part is over, or somebody is asked something: nothing is told until another begins. */
  readonly end: () => void;
};

/** Where it is told: a terminal, whose last line is written over, or a file, which gets a line now and then. */
export type Screen = { readonly isTTY?: boolean; write(text: string): unknown };

/** Where somebody watches, and where nobody does. */
const WATCHED_MS = 100;
const UNWATCHED_MS = 10_000;
/** How often it is looked whether a line is due, in the time of one. */
const LOOKS = 10;
/** A rate of less time than this means nothing. */
const RATE_AFTER_MS = 1_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Tells on a terminal by a line that is written over; elsewhere by a line every 10 s, so that what is quick says nothing. */
export function showProgress(screen: Screen = process.stderr): Progress {
  const watched = screen.isTTY === true;
  let part: Part | null = null;
  const everyMs = watched ? WATCHED_MS : UNWATCHED_MS;
  let drawnAt = performance.now();
  const draw = () => {
    drawnAt = performance.now();
    // Left at the line's beginning: what is logged meanwhile is written over it and not behind it.
    if (part) screen.write(watched ? `${CLEAR_LINE}${describePart(part)}\r` : `${describePart(part)}\n`);
  };
  const clear = () => {
    if (watched && part) screen.write(CLEAR_LINE);
  };
  const drawIfDue = () => {
    if (performance.now() - drawnAt >= everyMs) draw();
  };
  // By the clock, so that one long statement is told of too; and as things are done, for work that leaves the clock no turn.
  setInterval(drawIfDue, everyMs / LOOKS).unref();
  return {
    step(what, total) {
      part = { what, total, done: 0, startedAt: performance.now() };
      if (watched) draw();
    },
    at(done, total) {
      if (part) part = { ...part, done, total: total ?? part.total };
      drawIfDue();
    },
    aside(write) {
      clear();
      write();
    },
    end() {
      clear();
      part = null;
    },
  };
}

type Part = {
  readonly what: string;
  readonly total: number | undefined;
  readonly done: number;
  readonly startedAt: number;
};

/** `accounts: 1,240 of 10,000 (12 %), 83 a second, 1 min 45 s left`. */
function describePart({ what, total, done, startedAt }: Part): string {
  const ms = performance.now() - startedAt;
  if (done === 0 && total === undefined) return ms < RATE_AFTER_MS ? `${what} …` : `${what} …, ${spell(ms)}`;
  // More may have come since they were counted.
  const all = total === undefined ? null : Math.max(done, total);
  const count = all === null ? number(done) : `${number(done)} of ${number(all)}${share(done, all)}`;
  if (done === 0 || ms < RATE_AFTER_MS) return `${what}: ${count}`;
  const rest = all === null || all === done ? spell(ms) : `${spell(((all - done) * ms) / done)} left`;
  return `${what}: ${count}, ${rate((done * 1_000) / ms)}, ${rest}`;
}

const number = (value: number) => value.toLocaleString("en");
const share = (done: number, all: number) => (all === 0 ? "" : ` (${Math.floor((done * 100) / all)} %)`);
const rate = (perSecond: number) =>
  perSecond >= 1
    ? `${number(Math.round(perSecond))} a second`
    : `${number(Math.round(perSecond * 60))} a minute`;

function spell(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
