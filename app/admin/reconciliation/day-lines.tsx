import { LinkButton } from "@/app/_components/button";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import { type ComparedDay, type DayLine, MAX_LINES } from "@/lib/desk/reconciliation/days";
import { toPublicId } from "@/lib/ids";
import { formatMinor } from "@/lib/money/format";
import { accountCell } from "../account-cell";
import { RECONCILIATION } from "../areas";
import { deskOrderPath } from "../paths";

/** What of a day nobody can explain, each with what to do about it. */
export function DayLines({
  day: { day, lines, unreadable, kept, from },
  locale,
}: {
  readonly day: ComparedDay;
  readonly locale: string;
}) {
  const columns: Column<DayLine>[] = [
    { key: "why", header: "What", cell: ({ why, toDo }) => ({ text: why, note: toDo }) },
    { key: "object", header: "Object", cell: (line) => objectCell(line) },
    { key: "account", header: "Account", cell: accountCell },
    {
      key: "money",
      header: "Money",
      align: "end",
      cell: ({ cents, currency }) => ({ text: formatMinor(cents, currency, locale), isMuted: cents === 0n }),
    },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => ({ text: credits.toLocaleString(locale), isMuted: credits === 0n }),
    },
  ];
  return (
    <Panel
      id={`day-${day}`}
      title={`Differences of ${day}`}
      tone="danger"
      description={`Once what to do is done: npm run reconcile -- --day ${day}`}
    >
      {unreadable > 0 && (
        <p className="mb-3">
          {unreadable === 1 ? "One line is" : `${unreadable} lines are`} kept in a form that this release
          cannot read, and not shown: compare the day again.
        </p>
      )}
      {(lines.length > 0 || unreadable === 0) && (
        <DataTable
          caption={`Differences of ${day}`}
          columns={columns}
          rows={lines}
          rowKey={({ kind, object, accountId }) => `${kind} ${object} ${accountId}`}
        />
      )}
      {kept > MAX_LINES && <Parts day={day} from={from} kept={kept} locale={locale} />}
    </Panel>
  );
}

/** Of a day with very many, which these are, and the way to the others. */
function Parts({
  day,
  from,
  kept,
  locale,
}: Pick<ComparedDay, "day" | "from" | "kept"> & { readonly locale: string }) {
  const path = (at: number) => `${RECONCILIATION}?${new URLSearchParams({ day, from: String(at) })}`;
  const last = Math.min(from + MAX_LINES, kept);
  const [first, end, all] = [from + 1, last, kept].map((each) => each.toLocaleString(locale));
  return (
    <nav
      aria-label={`Differences of ${day}, in parts`}
      className="mt-4 flex flex-wrap items-center justify-end gap-2"
    >
      <p className="mr-auto text-muted">
        {from < kept ? `${first} to ${end} of ${all}` : `There are ${all}`}
      </p>
      {from > 0 && <LinkButton href={path(Math.max(0, from - MAX_LINES))}>Earlier lines</LinkButton>}
      {last < kept && <LinkButton href={path(last)}>Further lines</LinkButton>}
    </nav>
  );
}

const objectCell = ({ object, orderId }: DayLine) => ({
  text: object,
  isQuoted: true,
  ...(orderId && isUuid(orderId) && { href: deskOrderPath(toPublicId("order", orderId)) }),
});

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
