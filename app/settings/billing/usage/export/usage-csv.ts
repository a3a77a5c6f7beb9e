import { stringify } from "csv-stringify/sync";
import { toPublicId } from "@/lib/ids";
import type { UsageLine } from "@/lib/ledger/usage";

const COLUMNS = [
  "time",
  "seq",
  "category",
  "model",
  "reference",
  "credits",
  "grant",
  "grant_kind",
  "hold",
] as const;

/**
 * Lines of usage as a CSV file in UTF-8. The next lines are asked for when the last ones were taken, and no more are
 * when the reader has gone: neither a large history nor a slow client takes memory.
 */
export function usageCsv(batches: AsyncGenerator<readonly UsageLine[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(stringify([COLUMNS]))),
      async pull(controller) {
        const next = await batches.next();
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(rowsOf(next.value)));
      },
      async cancel() {
        await batches.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

/** What a caller named may begin like a formula, and a spreadsheet would run it. */
const rowsOf = (lines: readonly UsageLine[]): string =>
  stringify(lines.map(toRow), { escape_formulas: true });

const toRow = (line: UsageLine): readonly string[] => [
  line.at.toISOString(),
  String(line.seq),
  line.category,
  line.resource ?? "",
  line.reference ?? "",
  String(line.credits),
  line.grant ? toPublicId("grant", line.grant.id) : "",
  line.grant?.kind ?? "",
  line.holdId ? toPublicId("hold", line.holdId) : "",
];
