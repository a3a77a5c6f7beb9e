import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Reader } from "../../../db/client";
import { reconciledDays } from "../../../db/schema";

const digits = z.string().regex(/^-?\d{1,40}$/);

/** As days were kept by this release or an earlier one: each line is read for itself. */
const keptTotals = z.record(z.string(), z.record(z.string(), z.union([z.number(), digits])));

/** What an earlier release did not keep is not there; what is there and cannot be read is no line. */
const line = z.object({
  kind: z.string(),
  object: z.string(),
  accountId: z.string().nullable().default(null),
  order: z.string().nullable().default(null),
  cents: digits.default("0"),
  returnedCents: digits.default("0"),
  currency: z.string().default("usd"),
  credits: digits.default("0"),
  why: z.string(),
  toDo: z.string(),
});

export type DayLine = {
  readonly kind: string;
  /** Stripe's id, or what the credits were granted for. */
  readonly object: string;
  readonly accountId: string | null;
  readonly orderId: string | null;
  /** What Stripe took, or gave back, and nothing here explains. */
  readonly cents: bigint;
  readonly currency: string;
  readonly credits: bigint;
  readonly why: string;
  readonly toDo: string;
};

export type ComparedDay = {
  /** `2026-11-29`, UTC. */
  readonly day: string;
  readonly finishedAt: Date;
  readonly drift: number;
  /** By currency. */
  readonly chargedCents: ReadonlyMap<string, bigint>;
  /** The first that were kept, or those from where they were asked for: at most `MAX_LINES`. */
  readonly lines: readonly DayLine[];
  /** How many lines were kept, and from which these are. */
  readonly kept: number;
  readonly from: number;
  /** Of these, lines that this release cannot read; of what was kept as a whole, all that it was said to have, or one. */
  readonly unreadable: number;
};

/** So many lines of a day are shown at a time, whatever it has: the database leaves the others where they are. */
export const MAX_LINES = 50;

const { day, drift, finishedAt, result } = reconciledDays;
const COLUMNS = (from: number) => ({
  ...{ day, drift, finishedAt },
  totals: sql<unknown>`${result}->'totals'`,
  kept: sql<
    number | null
  >`case when jsonb_typeof(${result}->'lines') = 'array' then jsonb_array_length(${result}->'lines') end`,
  lines: sql<
    unknown[]
  >`jsonb_path_query_array(${result}, ${`$.lines[${from} to ${from + MAX_LINES - 1}]`}::jsonpath)`,
});
type Row = {
  readonly day: string;
  readonly drift: number;
  readonly finishedAt: Date;
  readonly totals: unknown;
  readonly kept: number | null;
  readonly lines: readonly unknown[];
};

/** Days that were compared with Stripe, the newest first, those before one of them; with `onlyDrift` those with a difference. */
export async function listComparedDays(
  db: Reader,
  {
    before,
    most,
    onlyDrift,
  }: { readonly before: string | null; readonly most: number; readonly onlyDrift: boolean },
): Promise<{ readonly days: readonly ComparedDay[]; readonly next: string | null }> {
  const rows = await db
    .select(COLUMNS(0))
    .from(reconciledDays)
    .where(and(before === null ? undefined : lt(day, before), onlyDrift ? gt(drift, 0) : undefined))
    .orderBy(desc(day))
    .limit(most + 1);
  const days = rows.slice(0, most).map((row) => toDay(row, 0));
  return { days, next: rows.length > most ? (days.at(-1)?.day ?? null) : null };
}

/** One day with its lines from one of them on, the first being 0; null where it was not compared. */
export async function findComparedDay(
  db: Reader,
  { of, from }: { readonly of: string; readonly from: number },
): Promise<ComparedDay | null> {
  const [row] = await db.select(COLUMNS(from)).from(reconciledDays).where(eq(day, of));
  return row ? toDay(row, from) : null;
}

function toDay(row: Row, from: number): ComparedDay {
  const totals = keptTotals.safeParse(row.totals);
  const isWhole = totals.success && row.kept !== null;
  const all = isWhole ? row.lines : [];
  const lines = all.flatMap((each) => line.safeParse(each).data ?? []);
  const chargedCents = Object.entries(isWhole ? totals.data : {}).map(
    ([currency, each]) => [currency, BigInt(each.chargedCents ?? 0)] as const,
  );
  return {
    day: row.day,
    finishedAt: row.finishedAt,
    drift: row.drift,
    chargedCents: new Map(chargedCents),
    kept: row.kept ?? 0,
    from,
    unreadable: isWhole ? all.length - lines.length : Math.max(row.drift, 1),
    lines: lines.map(({ order, cents, returnedCents, credits, ...line }) => ({
      ...line,
      orderId: order,
      cents: BigInt(cents) + BigInt(returnedCents),
      credits: BigInt(credits),
    })),
  };
}
