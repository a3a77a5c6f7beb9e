import { addDays, dayIn, startOfDayIn, type TimeSpan } from "@/lib/calendar";
import { readDay } from "../days";
import { HISTORY, type RawQuery } from "../paths";

export type HistoryList = "orders" | "refunds" | "invoices" | "credits";
export type HistoryKind = "all" | HistoryList;

export const KINDS: readonly { readonly id: HistoryKind; readonly label: string }[] = [
  { id: "all", label: "Everything" },
  { id: "orders", label: "Orders" },
  { id: "refunds", label: "Refunds" },
  { id: "invoices", label: "Invoices" },
  { id: "credits", label: "Credits added" },
];

/** Days of the customer's zone, both included; null where there is no such bound. */
export type HistoryFilter = {
  readonly timeZone: string;
  readonly kind: HistoryKind;
  readonly from: string | null;
  readonly to: string | null;
};

/** Every list is turned by its own cursor while the others stay where they are. */
export type Cursors = { readonly [List in HistoryList]: string | null };

export type HistoryQuery = {
  readonly filter: HistoryFilter;
  readonly cursors: Cursors;
  /** In the customer's zone: the last day that can be asked for. */
  readonly today: string;
  /** What was asked for and is none; everything stands in its place. */
  readonly problems: readonly ("kind" | "range")[];
};

export const NO_CURSORS: Cursors = { orders: null, refunds: null, invoices: null, credits: null };

/** What is wrong with an address, for the page, which goes on to say what it shows instead, and for the file. */
export const HISTORY_PROBLEMS: { readonly [Problem in HistoryQuery["problems"][number]]: string } = {
  kind: "There is no such list.",
  range: "Those dates are not a range of days.",
};

type When = { readonly now: Date; readonly timeZone: string };

/** What an address asks for. Whatever is made up by hand counts as not asked, and is told in `problems`. */
export function readHistoryQuery(raw: RawQuery, { now, timeZone }: When): HistoryQuery {
  const kind = raw.show ? KINDS.find(({ id }) => id === raw.show)?.id : "all";
  const range = readRange(raw);
  const problems = [kind ? null : ("kind" as const), range ? null : ("range" as const)];
  return {
    filter: { timeZone, kind: kind ?? "all", ...(range ?? { from: null, to: null }) },
    cursors: {
      orders: single(raw.orders),
      refunds: single(raw.refunds),
      invoices: single(raw.invoices),
      credits: single(raw.credits),
    },
    today: dayIn(timeZone, now),
    problems: problems.filter((each) => each !== null),
  };
}

function readRange(raw: RawQuery): Pick<HistoryFilter, "from" | "to"> | null {
  const [from, to] = [raw.from, raw.to].map((text) => (text ? readDay(text) : undefined));
  if (from === null || to === null) return null;
  return from && to && from > to ? null : { from: from ?? null, to: to ?? null };
}

const single = (value: RawQuery[string]): string | null =>
  typeof value === "string" && value ? value : null;

const FIRST = new Date(0);
const LAST = new Date("9999-12-31T00:00:00Z");

/** The days of a filter as a stretch of time; null for all there is. */
export function spanOf({ from, to, timeZone }: HistoryFilter): TimeSpan | null {
  if (!from && !to) return null;
  return {
    start: from ? startOfDayIn(timeZone, from) : FIRST,
    end: to ? startOfDayIn(timeZone, addDays(to, 1)) : LAST,
  };
}

export const showsList = ({ kind }: HistoryFilter, list: HistoryList): boolean =>
  kind === "all" || kind === list;

/** Leads back to the same question; `list` is the one that was turned. */
export function historyPath(filter: HistoryFilter, cursors = NO_CURSORS, list?: HistoryList): string {
  const query = search(filter);
  for (const [name, cursor] of Object.entries(cursors)) if (cursor) query.set(name, cursor);
  return `${HISTORY}${query.size > 0 ? `?${query}` : ""}${list ? `#${list}` : ""}`;
}

export const exportPath = (filter: HistoryFilter): string => {
  const query = search(filter);
  return `${HISTORY}/export${query.size > 0 ? `?${query}` : ""}`;
};

function search({ kind, from, to }: HistoryFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (kind !== "all") query.set("show", kind);
  if (from) query.set("from", from);
  if (to) query.set("to", to);
  return query;
}
