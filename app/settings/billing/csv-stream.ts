import { stringify } from "csv-stringify/sync";

/**
 * Rows as a CSV file in UTF-8, its header together with the first of them. The next rows are asked for when the last ones were
 * taken, and no more are when the reader has gone: neither a large history nor a slow client takes memory.
 */
export function csvStream<Row>(
  columns: readonly string[],
  batches: AsyncGenerator<readonly Row[]>,
  toCells: (row: Row) => readonly string[],
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // What a caller named may begin like a formula, and a spreadsheet would run it.
  const textOf = (rows: readonly Row[]) => stringify(rows.map(toCells), { escape_formulas: true });
  let header = stringify([columns]);
  const send = (controller: ReadableStreamDefaultController<Uint8Array>, text: string) => {
    controller.enqueue(encoder.encode(header + text));
    header = "";
  };
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await batches.next();
        if (next.done) {
          if (header) send(controller, "");
          return controller.close();
        }
        try {
          send(controller, textOf(next.value));
        } catch (error) {
          await batches.return(undefined); // It would wait for ever to be asked for more.
          throw error;
        }
      },
      async cancel() {
        await batches.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Of this name, the framework asks no further what broke it off: it was logged, and only the connection is to be ended. */
class BrokenOff extends Error {
  override name = "AbortError";
}

/**
 * The same stream once its first rows are there, so that what fails before them can still be answered as a failure (it throws).
 * What fails later breaks the connection off, which a browser shows as a failed download: a file that merely ended would
 * pass for a whole one. `whenBroken` hears of it once.
 */
export async function begun(
  csv: ReadableStream<Uint8Array>,
  whenBroken: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const reader = csv.getReader();
  let first: Uint8Array | undefined = (await reader.read()).value;
  return new ReadableStream(
    {
      async pull(controller) {
        if (first) {
          controller.enqueue(first);
          first = undefined;
          return;
        }
        try {
          const next = await reader.read();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          whenBroken(error);
          controller.error(new BrokenOff("the file was broken off", { cause: error }));
        }
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  );
}
