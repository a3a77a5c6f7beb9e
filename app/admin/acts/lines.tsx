import { instantCell } from "@/app/_components/cells";
import { DataTable } from "@/app/_components/data-table";
import type { ActLine } from "@/lib/desk/acts/act";
import { cents, credits } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";

type Where = { readonly locale: string; readonly timeZone: string };

/** What an act changes, in numbers. */
export function Lines({ lines, where }: { readonly lines: readonly ActLine[]; readonly where: Where }) {
  return (
    <DataTable
      caption="What changes"
      columns={[
        { key: "name", header: "What", cell: ({ name }) => name },
        { key: "before", header: "Before", align: "end", cell: (line) => cellOf(line, line.before, where) },
        { key: "after", header: "After", align: "end", cell: (line) => cellOf(line, line.after, where) },
      ]}
      rows={lines}
      rowKey={({ name }) => name}
      empty="It changes no numbers here."
    />
  );
}

function cellOf({ unit }: ActLine, value: string, where: Where) {
  if (value === "") return "";
  switch (unit) {
    case "credits":
      return formatCredits(credits(BigInt(value)), where.locale);
    case "cents":
      return formatCents(cents(BigInt(value)), where.locale);
    case "instant":
      return instantCell(new Date(value), "short", where);
    case "text":
      return { text: value, isQuoted: true };
    default:
      return unit satisfies never;
  }
}
