import { cpus } from "node:os";

/** One column: its heading, with the unit in it, and how many decimals its numbers are shown with. */
export type Column = { readonly title: string; readonly decimals?: number };

export type Table = {
  readonly title: string;
  readonly columns: readonly Column[];
  /** Null where a figure does not apply. */
  readonly rows: readonly (readonly (string | number | null)[])[];
};

/** A figure of the design against what it has to reach. A goal that is not met is news, not an error. */
export type Goal = {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly wanted: string;
  readonly met: boolean;
};

export type Report = {
  readonly bench: string;
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  /** The same figures for programs; names end in their unit. */
  readonly figures: object;
};

/** The smallest value that at least `percent` of the values do not exceed. Throws on an empty list. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new Error("no values to take a percentile of");
  return found;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** A goal that is met by any value up to the limit; a missing figure (NaN) does not meet it. */
export const atMost = (what: string, value: number, limit: number, unit: string): Goal => ({
  what,
  unit,
  value,
  wanted: `≤ ${limit}`,
  met: value <= limit,
});

/** A goal that is met by any value from the limit on; a missing figure (NaN) does not meet it. */
export const atLeast = (what: string, value: number, limit: number, unit: string): Goal => ({
  what,
  unit,
  value,
  wanted: `≥ ${limit}`,
  met: value >= limit,
});

/** A goal that is met when all of the values are the wanted one; shows the first that is not. */
export function always(what: string, values: readonly number[], wanted: number, unit: string): Goal {
  const other = values.find((each) => each !== wanted);
  return { what, unit, value: other ?? wanted, wanted: `= ${wanted}`, met: other === undefined };
}

/** Prints the report: for people, or as one JSON document that is all there is on stdout. */
export function printReport(report: Report, asJson: boolean): void {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? "unknown", node: process.version };
  if (asJson) {
    const { bench, goals, figures } = report;
    process.stdout.write(
      `${JSON.stringify({ bench, at: new Date().toISOString(), machine, goals, figures }, null, 2)}\n`,
    );
    return;
  }
  const goals: Table = {
    title: "Goals",
    columns: [{ title: "figure" }, { title: "measured", decimals: 2 }, { title: "wanted" }, { title: "" }],
    rows: report.goals.map((each) => [
      `${each.what} (${each.unit})`,
      each.value,
      each.wanted,
      each.met ? "met" : "NOT MET",
    ]),
  };
  const text = [...report.tables, goals].map(renderTable).join("\n");
  process.stdout.write(`${text}\n${machine.cpus} × ${machine.model}, Node ${machine.node}\n`);
}

function renderTable({ title, columns, rows }: Table): string {
  const cells = rows.map((row) => row.map((cell, index) => show(cell, columns[index]?.decimals ?? 0)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const numeric = columns.map((_, index) => rows.every((row) => typeof row[index] !== "string"));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) =>
        numeric[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const heads = line(columns.map((each) => each.title));
  return `\n${title}\n${heads}\n${"-".repeat(heads.length)}\n${cells.map(line).join("\n")}\n`;
}

function show(cell: string | number | null, decimals: number): string {
  if (cell === null) return "–";
  return typeof cell === "number" ? cell.toFixed(decimals) : cell;
}
