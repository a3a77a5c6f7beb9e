import { stringify } from "csv-stringify/sync";

/**
 * Rows as a CSV file in UTF-8. The next rows are asked for when the last ones were taken, and no more are when the
 * reader has gone: neither a large history nor a slow client takes memory.
 */
export function csvStream<Row>(
  columns: readonly string[],
  batches: AsyncGenerator<readonly Row[]>,
  toCells: (row: Row) => readonly string[],
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // What a caller named may begin like a formula, and a spreadsheet would run it.
  const textOf = (rows: readonly Row[]) => stringify(rows.map(toCells), { escape_formulas: true });
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(stringify([columns]))),
      async pull(controller) {
        const next = await batches.next();
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(textOf(next.value)));
      },
      async cancel() {
        await batches.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

/** The answer that a browser saves as a file of this name. */
export const csvFile = (name: string, csv: ReadableStream<Uint8Array>): Response =>
  new Response(csv, {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}.csv"`,
      "Cache-Control": "no-store",
    },
  });
