import { addDays, type BillingPeriod, dayIn } from "@/lib/calendar";
import { findCategory } from "@/lib/catalog/categories";
import type { SpendCategory } from "@/lib/ledger/state";
import type { UsageFilter } from "@/lib/ledger/usage";
import { daysBefore, daysBetween, readDay } from "../days";
import { type RawQuery, USAGE } from "../paths";

export type PresetId = "cycle" | "last" | "7d" | "30d" | "90d";

export const PRESETS: readonly { readonly id: PresetId; readonly label: string }[] = [
  { id: "cycle", label: "This cycle" },
  { id: "last", label: "Last cycle" },
  { id: "7d", label: "7 days" },
  { id: "30d", label: "30 days" },
  { id: "90d", label: "90 days" },
];

/** A cycle is named, as it begins and ends within a day; other days are whole ones. */
export type AskedFilter = UsageFilter & { readonly cycle?: "cycle" | "last" };

export type UsageQuery = {
  readonly filter: AskedFilter;
  /** Those there are: without a cycle before this one, there is none to show. */
  readonly presets: typeof PRESETS;
  /** The preset that means these days, if one does. */
  readonly preset: PresetId | null;
  /** In the customer's zone: the last day that can be asked for. */
  readonly today: string;
  /** What was asked for and is none; the default stands in its place. */
  readonly problems: readonly ("range" | "category" | "model")[];
};

/** What is wrong with an address, for the page, which goes on to say what it shows instead, and for the file. */
export const USAGE_PROBLEMS: { readonly [Problem in UsageQuery["problems"][number]]: string } = {
  range: "Those dates are not a range of at most 366 days up to today.",
  category: "There is no such category.",
  model: "There is no such model.",
};

type When = {
  readonly period: BillingPeriod;
  readonly lastCycle?: BillingPeriod | null;
  readonly now: Date;
  /** The customer's: its days are asked for. */
  readonly timeZone: string;
};

/** How the address says "where no model was named"; an empty value says all. */
const NO_MODEL = "(none)";
const MAX_DAYS = 366;
const MAX_NAME = 200;

/** What an address asks for. Whatever is made up by hand counts as not asked, and is told in `problems`. */
export function readUsageQuery(raw: RawQuery, when: When): UsageQuery {
  const range = readRange(raw, when);
  const category = readCategory(raw.category);
  const resource = readModel(raw.model);
  const days = range ?? cycleDays("cycle", when.period, when);
  const problems = [
    range ? null : ("range" as const),
    category === undefined ? ("category" as const) : null,
    resource === undefined ? ("model" as const) : null,
  ];
  return {
    filter: { ...days, timeZone: when.timeZone, category: category ?? null, resource: resource ?? null },
    preset: presetOf(days, when),
    presets: PRESETS.filter(({ id }) => id !== "last" || when.lastCycle),
    today: todayOf(when),
    problems: problems.filter((each) => each !== null),
  };
}

type Days = Pick<AskedFilter, "from" | "to" | "within" | "cycle">;

function presetOf(days: Days, when: When): PresetId | null {
  if (days.cycle) return days.cycle;
  return PRESETS.find(({ id }) => !isCycle(id) && isSame(lastDays(id, when), days))?.id ?? null;
}

const isCycle = (id: PresetId): id is "cycle" | "last" => id === "cycle" || id === "last";
const isSame = (a: Days, b: Days): boolean => a.from === b.from && a.to === b.to;

function readRange(raw: RawQuery, when: When): Days | null {
  if (!raw.range && !raw.from && !raw.to) return cycleDays("cycle", when.period, when);
  if (raw.range) {
    const preset = PRESETS.find(({ id }) => id === raw.range);
    return preset ? presetDays(preset.id, when) : null;
  }
  const today = todayOf(when);
  const last = raw.to ? readDay(raw.to) : today;
  if (!last) return null;
  const to = last < today ? last : today;
  const from = raw.from ? readDay(raw.from) : daysBefore(to, 29);
  return from && from <= to && daysBetween(from, to) < MAX_DAYS ? { from, to } : null;
}

function presetDays(preset: PresetId, when: When): Days | null {
  if (!isCycle(preset)) return lastDays(preset, when);
  const cycle = preset === "cycle" ? when.period : when.lastCycle;
  return cycle ? cycleDays(preset, cycle, when) : null;
}

const todayOf = ({ now, timeZone }: When): string => dayIn(timeZone, now);

function lastDays(preset: PresetId, when: When): Days {
  const to = todayOf(when);
  return { from: addDays(to, 1 - Number.parseInt(preset, 10)), to };
}

/** A cycle as far as it has come, and no more of it than can be asked for. */
function cycleDays(cycle: "cycle" | "last", within: BillingPeriod, { now, timeZone }: When): Days {
  const last = new Date(Math.min(within.end.getTime() - 1, now.getTime()));
  const to = dayIn(timeZone, last);
  const oldest = addDays(to, 1 - MAX_DAYS);
  const start = dayIn(timeZone, within.start);
  return { from: start > to ? to : start < oldest ? oldest : start, to, within, cycle };
}

function readCategory(text: RawQuery[string]): SpendCategory | null | undefined {
  return text ? findCategory(text)?.id : null;
}

function readModel(text: RawQuery[string]): string | null | undefined {
  if (!text) return null;
  if (typeof text !== "string" || text.length > MAX_NAME || text.includes("\u0000")) return undefined;
  return text === NO_MODEL ? "" : text;
}

export const modelValue = (resource: string): string => resource || NO_MODEL;

type Address = Pick<UsageFilter, "category" | "resource"> &
  ({ readonly preset: PresetId } | Pick<Days, "from" | "to" | "cycle">) & {
    readonly before?: string | undefined;
  };

/** Leads back to the same question; `before` is the cursor of the list of spends. */
export const usagePath = (address: Address): string =>
  `${USAGE}?${search(address)}${address.before ? "#spends" : ""}`;

export const exportPath = (filter: AskedFilter): string => `${USAGE}/export?${search(filter)}`;

function search(address: Address): string {
  const query = new URLSearchParams();
  const named = "preset" in address ? address.preset : address.cycle;
  if (named) query.set("range", named);
  else if ("from" in address) {
    query.set("from", address.from);
    query.set("to", address.to);
  }
  if (address.category) query.set("category", address.category);
  if (address.resource !== null) query.set("model", modelValue(address.resource));
  if (address.before) query.set("before", address.before);
  return query.toString();
}
