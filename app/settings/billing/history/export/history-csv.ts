import { toPublicId } from "@/lib/ids";
import type { Cents } from "@/lib/money/credits";
import { formatMinor } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { csvStream } from "../../csv-stream";
import { grantSource, usedOf } from "../../grant-columns";
import { invoicePath, receiptPath } from "../../paths";
import type { HistoryLine } from "./history-lines";

const COLUMNS = [
  "kind",
  "time_utc",
  "id",
  "number",
  "what",
  "status",
  "amount_usd",
  "credits",
  "used",
  "paid_back",
  "held",
  "left",
  "frozen",
  "expired",
  "revoked",
  "starts_utc",
  "ends_utc",
  "document",
] as const;

type Cells = {
  readonly [Column in Exclude<(typeof COLUMNS)[number], "document">]?: string | bigint | Date | null;
} & {
  /** One of our own paths. */
  readonly document?: string | null;
};

/** Lines of the history as a CSV file. `now` decides which credits have begun and ended; documents are at our own `appUrl`. */
export const historyCsv = (
  batches: AsyncGenerator<readonly HistoryLine[]>,
  { now, appUrl }: { readonly now: Date; readonly appUrl: string },
): ReadableStream<Uint8Array> =>
  csvStream(COLUMNS, batches, (line) => {
    const { document, ...cells } = cellsOf(line, now);
    const address = document && new URL(document, appUrl).href;
    return COLUMNS.map((column) => textOf(column === "document" ? address : cells[column]));
  });

const textOf = (value: string | bigint | Date | null | undefined): string =>
  value instanceof Date ? value.toISOString() : (value?.toString() ?? "");

/** `299.00`: exact, and the same for every locale. */
const dollars = (cents: Cents): string => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;

const UTC = { locale: "en-US", timeZone: "UTC" };

function cellsOf(line: HistoryLine, now: Date): Cells {
  switch (line.kind) {
    case "order":
      return ofOrder(line);
    case "refund":
      return ofRefund(line);
    case "invoice":
      return ofInvoice(line);
    case "credits":
      return ofCredits(line, now);
    default:
      return unreachable(line);
  }
}

type Line<Kind> = Extract<HistoryLine, { kind: Kind }>;

const ofOrder = ({ kind, order }: Line<"order">): Cells => ({
  kind,
  time_utc: order.createdAt,
  id: order.id,
  number: order.reference,
  what: "Add-on credits",
  status: order.status,
  amount_usd: dollars(order.amountCents),
  credits: order.credits,
  starts_utc: order.paidAt,
  ends_utc: order.expiresAt,
  document: order.paidAt ? receiptPath(order.id) : null,
});

/** What came back and what it took; both are counted from the customer's order, which has the reference. */
const ofRefund = ({ kind, refund }: Line<"refund">): Cells => ({
  kind,
  time_utc: refund.createdAt,
  id: refund.id,
  number: refund.reference,
  what: "Refund",
  status: refund.status ?? "unknown",
  amount_usd: dollars(refund.amountCents),
  revoked: refund.takenCredits,
  document: receiptPath(refund.orderId),
});

/** The amount of one that is not in dollars, which no column is for; such a price sells no plan that can be named. */
const inOtherCurrency = ({ totalCents, currency }: Line<"invoice">["invoice"]): string | null =>
  currency === "usd" ? null : formatMinor(totalCents, currency, "en");

const ofInvoice = ({ kind, invoice }: Line<"invoice">): Cells => ({
  kind,
  time_utc: invoice.createdAt,
  id: invoice.id,
  number: invoice.number,
  what: invoice.plan ? `${invoice.plan.name} plan` : inOtherCurrency(invoice),
  status: invoice.returned?.status ?? invoice.status,
  amount_usd: invoice.currency === "usd" ? dollars(invoice.totalCents) : null,
  starts_utc: invoice.period?.start ?? null,
  ends_utc: invoice.period?.end ?? null,
  document: invoice.hasDocuments ? invoicePath(invoice.id) : null,
});

const ofCredits = ({ kind, grant, names }: Line<"credits">, now: Date): Cells => ({
  kind,
  time_utc: grant.startsAt,
  id: toPublicId("grant", grant.id),
  number: names.orders.get(grant.id) ?? null,
  what: grantSource(grant, names, UTC),
  status: stateOf(grant, now),
  credits: grant.credits,
  used: usedOf(grant),
  paid_back: grant.paidBack,
  held: grant.held,
  left: grant.frozen ? 0n : grant.remaining,
  frozen: grant.frozen ? grant.remaining : 0n,
  expired: grant.expired,
  revoked: grant.revoked,
  starts_utc: grant.startsAt,
  ends_utc: grant.expiresAt,
});

function stateOf({ startsAt, expiresAt, frozen }: Line<"credits">["grant"], now: Date): string {
  if (startsAt > now) return "not_begun";
  if (expiresAt <= now) return "ended";
  return frozen ? "frozen" : "running";
}
