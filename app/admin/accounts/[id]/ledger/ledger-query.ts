import { readDay } from "@/app/settings/billing/days";
import { addDays, startOfDayIn } from "@/lib/calendar";
import { BUCKETS, ENTRY_KINDS, type EntryKind, type LedgerFilter } from "@/lib/desk/ledger";
import { fromPublicId } from "@/lib/ids";
import { isPlainLine } from "@/lib/plain-text";
import { ledgerPath } from "../../../paths";

type Raw = Readonly<Record<string, string | string[] | undefined>>;

/** What an address asks of a ledger, as it stands there: to be shown in the form, and to lead on. */
export type LedgerQuery = {
  readonly grant: string;
  readonly bucket: string;
  readonly kind: string;
  readonly reference: string;
  readonly from: string;
  readonly to: string;
};

const FIELDS = [
  "grant",
  "bucket",
  "kind",
  "reference",
  "from",
  "to",
] as const satisfies (keyof LedgerQuery)[];
export const KINDS = Object.keys(ENTRY_KINDS) as EntryKind[];
const MAX_REFERENCE = 255;
const FIRST = new Date(0);
const LAST = new Date("9999-12-31T00:00:00Z");

export type ReadLedgerQuery = {
  readonly query: LedgerQuery;
  readonly filter: LedgerFilter;
  /** What was asked for and is none: then nothing is shown, as all entries would be taken for what was asked. */
  readonly problem: string | null;
};

/** Days are of this time zone, both included. */
export function readLedgerQuery(raw: Raw, timeZone: string): ReadLedgerQuery {
  const one = (name: keyof LedgerQuery) =>
    typeof raw[name] === "string" ? (raw[name] as string).trim() : "";
  const query = Object.fromEntries(FIELDS.map((name) => [name, one(name)])) as LedgerQuery;
  const grantId = query.grant ? fromPublicId("grant", query.grant) : null;
  const bucket = BUCKETS.find((each) => each === query.bucket) ?? null;
  const kind = KINDS.find((each) => each === query.kind) ?? null;
  const [from, to] = [query.from, query.to].map((day) => (day ? readDay(day) : undefined));
  const reference = query.reference || null;
  const isOff =
    (query.grant !== "" && grantId === null) ||
    (query.bucket !== "" && bucket === null) ||
    (query.kind !== "" && kind === null) ||
    (reference !== null && (reference.length > MAX_REFERENCE || !isPlainLine(reference)));
  const isNoRange = from === null || to === null || (from && to && from > to);
  const within =
    isNoRange || (!from && !to)
      ? null
      : {
          start: from ? startOfDayIn(timeZone, from) : FIRST,
          end: to ? startOfDayIn(timeZone, addDays(to, 1)) : LAST,
        };
  return {
    query,
    filter: { grantId, bucket, kind, reference, within },
    problem: isNoRange
      ? "Those dates are not a range of days."
      : isOff
        ? "There are no such entries: a grant is named by its id (grt_…), a bucket and a kind by the lists."
        : null,
  };
}

/** The same question, from an entry on; as a page or as a file. */
export function ledgerQueryPath(
  id: string,
  query: LedgerQuery,
  { before = null, asFile = false }: { readonly before?: bigint | null; readonly asFile?: boolean } = {},
): string {
  const asked = new URLSearchParams(FIELDS.filter((name) => query[name]).map((name) => [name, query[name]]));
  if (before !== null) asked.set("before", before.toString());
  return `${ledgerPath(id)}${asFile ? "/export" : ""}${asked.size > 0 ? `?${asked}` : ""}`;
}
