import type { TimelineData, TimelineRow } from "@/lib/desk/timeline";
import { toPublicId } from "@/lib/ids";
import { credits } from "@/lib/money/credits";
import { formatCredits, formatMinor } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { cardName } from "@/lib/wording/cards";
import { placeName } from "@/lib/wording/places";
import { actPath } from "../../../acts/acts-paths";
import { dashboardUrl, deskOrderPath } from "../../../paths";

export type Happened = {
  readonly text: string;
  /** What stands below, in smaller letters: ids and what others wrote. */
  readonly detail: string | null;
  readonly href: string | null;
};

/** How the operator reads numbers, and the public id of the account. */
type Where = { readonly locale: string; readonly account: string };

/** `past_due` → `past due`: a word of ours or of Stripe's as it is read. */
const words = (code: string | null | undefined): string => (code ?? "unknown").replaceAll(/[_.]/g, " ");

/** One line of the timeline, in words. */
export function happened({ data }: TimelineRow, where: Where): Happened {
  switch (data.what) {
    case "order":
    case "attempt":
    case "paid":
      return ofOrder(data, where);
    case "plan_payment":
    case "invoice":
      return ofPlan(data, where);
    case "refund":
    case "dispute":
    case "reversal":
      return ofReturn(data, where);
    case "event":
      return line(`${data.type}, ${words(data.status)}`, data.stripe);
    case "command":
      return line(
        `${capital(words(data.kind))}: ${counted(data.number, "entry", "entries")}`,
        listed(data.by && [words(data.by), data.who].filter(Boolean).join(" "), data.why, data.key),
      );
    case "usage":
      return line(`${amount(data, where)} used in an hour by ${counted(data.number, "spend", "spends")}`);
    case "mail":
      return ofMail(data, where);
    case "sign_in":
      return ofDoor(data);
    case "act": {
      const second = data.second ? `, agreed to by ${data.second}` : "";
      return line(`Operator's act: ${words(data.kind)}${second}`, listed(data.who, data.subject, data.why));
    }
    case "viewed":
      return line("An operator looked at the account", data.who);
    default:
      return unreachable(data.what);
  }
}

function ofOrder(data: TimelineData, where: Where): Happened {
  const href = orderHref(data);
  if (data.what === "attempt") {
    const code = data.code ? `, ${words(data.code)}` : "";
    const text = `Order ${data.reference}: attempt ${data.number} with ${card(data)}, ${words(data.status)}${code}`;
    return { text, detail: null, href };
  }
  const sums = `${money(data, where)} for ${amount(data, where)}`;
  if (data.what === "paid")
    return { text: `Order ${data.reference} paid: ${sums}`, detail: data.stripe ?? null, href };
  return { text: `Order ${data.reference}, ${sums}: ${words(data.status)}`, detail: null, href };
}

function ofPlan(data: TimelineData, where: Where): Happened {
  if (data.what === "invoice") {
    const href = data.stripe ? dashboardUrl("invoices", data.stripe) : null;
    const what = data.plan ? `Invoice of ${data.plan}` : "Invoice";
    return { text: `${what} paid: ${money(data, where)}`, detail: listed(data.number, data.stripe), href };
  }
  const code = data.code ? `, ${words(data.code)}` : "";
  return line(
    `Payment for ${data.plan} (${words(data.kind)}): ${money(data, where)} with ${card(data)}, ${words(data.status)}${code}`,
  );
}

function ofReturn(data: TimelineData, where: Where): Happened {
  const href = orderHref(data) ?? (data.invoice ? dashboardUrl("invoices", data.invoice) : null);
  const of = data.reference ? `order ${data.reference}` : `invoice ${data.invoice}`;
  switch (data.what) {
    case "refund": {
      const by = data.by ? `, asked for by the ${data.by}` : ", begun at Stripe";
      const text = `Refund of ${money(data, where)} for ${of}, ${words(data.status)}${by}`;
      return { text, detail: listed(data.why, data.stripe), href };
    }
    case "dispute": {
      const text = `Dispute about ${money(data, where)} of ${of}, ${words(data.status)}`;
      return { text, detail: listed(words(data.why), data.stripe), href };
    }
    default: {
      const moved = data.credits && data.credits !== "0" ? `: ${amount(data, where)}` : "";
      return { text: `Credits of ${of}: ${words(data.kind)}${moved}`, detail: null, href };
    }
  }
}

/** Leads to where it is sent again; one that waits is on its way. */
function ofMail(data: TimelineData, { account }: Where): Happened {
  const given = { mail: toPublicId("mail", data.mail ?? "") };
  return {
    text: `Mail “${words(data.kind)}”, ${data.status}`,
    detail: listed(data.who, data.why),
    href: data.status === "waiting" ? null : actPath("resend_mail", { account, given }),
  };
}

function ofDoor(data: TimelineData): Happened {
  const by = data.by ? ` with ${data.by}` : "";
  const times = data.number && data.number !== "1" ? `, ${data.number} times` : "";
  const place =
    data.browser || data.system
      ? placeName({ browser: data.browser ?? null, system: data.system ?? null })
      : null;
  return line(`${capital(words(data.kind))}${by}${times}`, listed(data.who, place, data.where));
}

const line = (text: string, detail: string | null | undefined = null): Happened => ({
  text,
  detail: detail ?? null,
  href: null,
});
const listed = (...parts: readonly (string | null | undefined)[]): string | null =>
  parts.filter(Boolean).join(", ") || null;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const orderHref = ({ order }: TimelineData): string | null =>
  order ? deskOrderPath(toPublicId("order", order)) : null;
/** An order is always of dollars; an invoice is of its own currency, and a dispute of whatever the payer's bank counts. */
const money = ({ cents: amountOf, currency }: TimelineData, { locale }: Where): string =>
  formatMinor(BigInt(amountOf ?? "0"), currency ?? "usd", locale);
const amount = ({ credits: amountOf }: TimelineData, { locale }: Where): string =>
  `${formatCredits(credits(BigInt(amountOf ?? "0")), locale)} credits`;
const card = ({ brand, last4 }: TimelineData): string => cardName({ brand: brand ?? "", last4: last4 ?? "" });
const counted = (number: string | null | undefined, one: string, many: string): string =>
  `${number ?? "0"} ${number === "1" ? one : many}`;
