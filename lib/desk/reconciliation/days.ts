import { and, desc, gt, lt } from "drizzle-orm";
import { z } from "zod";
import type { Reader } from "../../../db/client";
import { reconciledDays } from "../../../db/schema";

const digits = z.string().regex(/^-?\d{1,40}$/);

/** As days were kept by this release or an earlier one: each line is read for itself. */
const kept = z.object({
  totals: z.record(z.string(), z.record(z.string(), z.union([z.number(), digits]))),
  lines: z.array(z.unknown()),
});

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
  readonly lines: readonly DayLine[];
  /** Lines that were kept and that this release cannot read; of what was kept as a whole, all that it was said to have, or one. */
  readonly unreadable: number;
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
  const { day, drift } = reconciledDays;
  const rows = await db
    .select()
    .from(reconciledDays)
    .where(and(before === null ? undefined : lt(day, before), onlyDrift ? gt(drift, 0) : undefined))
    .orderBy(desc(day))
    .limit(most + 1);
  const days = rows.slice(0, most).map((row) => {
    const whole = kept.safeParse(row.result);
    const { totals, lines: all } = whole.data ?? { totals: {}, lines: [] };
    const lines = all.flatMap((each) => line.safeParse(each).data ?? []);
    const chargedCents = Object.entries(totals).map(
      ([currency, each]) => [currency, BigInt(each.chargedCents ?? 0)] as const,
    );
    return {
      day: row.day,
      finishedAt: row.finishedAt,
      drift: row.drift,
      chargedCents: new Map(chargedCents),
      unreadable: whole.success ? all.length - lines.length : Math.max(row.drift, 1),
      lines: lines.map(({ order, cents, returnedCents, credits, ...line }) => ({
        ...line,
        orderId: order,
        cents: BigInt(cents) + BigInt(returnedCents),
        credits: BigInt(credits),
      })),
    };
  });
  return { days, next: rows.length > most ? (days.at(-1)?.day ?? null) : null };
}
