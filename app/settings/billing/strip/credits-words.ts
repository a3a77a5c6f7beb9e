import { getCatalog } from "@/lib/catalog/catalog";
import type { Credits } from "@/lib/money/credits";
import { formatCents, formatCredits, formatDollars } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { formatInstant } from "@/lib/wording/instants";
import { cycleEnd } from "../overview/cycle-end";
import { BUY_CREDIT, buyPath, PLANS } from "../paths";
import { timeInWords } from "../words";
import type { Row, Way } from "./rows";
import { askSentence, type Reader, type Told } from "./told";

type Where = Reader["where"];

const amount = (credits: Credits, { locale }: Where): string => formatCredits(credits, locale);

function stepOf(way: Way, label: (price: string) => string, { where }: Reader): Told["step"] {
  switch (way.kind) {
    case "buy":
      return way.cents === null
        ? { label: "Buy credits", href: BUY_CREDIT }
        : { label: label(formatDollars(way.cents, where.locale)), href: buyPath(way.cents) };
    case "pay":
      return { label: `Pay ${formatCents(way.cents, where.locale)}`, href: PLANS };
    case "upgrade":
      return { label: "Upgrade", href: PLANS };
    case "ask":
    case "none":
      return null;
    default:
      return unreachable(way);
  }
}

const AS_LATELY = "At the pace of the last seven days";

/** There is too little to spend, or none. */
export function wanting(row: Extract<Row, { kind: "owed" | "nothing_left" | "low" }>, reader: Reader): Told {
  const { account, owners, where } = reader;
  const ask = row.way.kind === "ask" && `${askSentence(owners)}`;
  const say = (...sentences: (string | false)[]) => [...sentences, ask].filter(Boolean).join(" ");
  if (row.kind === "owed") {
    return {
      title: `You owe ${amount(row.credits, where)} credits: requests are being refused`,
      text: say(
        "They were used but not paid for, and nothing can be spent until they are. The next credits you get pay them first.",
        row.way.kind === "pay" && "Those of your unpaid invoice come as soon as it is paid.",
      ),
      step: stepOf(row.way, (price) => `Clear what you owe, ${price}`, reader),
    };
  }
  const buy = stepOf(row.way, (price) => `Buy credits, ${price}`, reader);
  if (row.kind === "nothing_left") {
    return {
      title: row.hadAny
        ? "You have no credits left: requests are being refused"
        : "You have no credits: requests are being refused",
      text: say(
        row.held > 0n && `${amount(row.held, where)} are held by running tasks.`,
        nextCredits(account, where),
        whatItBuys(row.way, account, where),
      ),
      step: buy,
    };
  }
  return { title: lowTitle(row, reader), text: say(...lowText(row, reader)), step: buy };
}

/** From when on there are credits again without anybody's doing. */
function nextCredits(account: Reader["account"], where: Where): string | false {
  const end = cycleEnd(account);
  return (
    (end === "renews" || end === "credits" || end === "changes") &&
    `The next ones come on ${formatInstant(account.period.end, where)}.`
  );
}

function whatItBuys(way: Way, account: Reader["account"], where: Where): string | false {
  if (way.kind !== "buy" || way.cents === null) return false;
  const bought = (way.cents * getCatalog().creditsPerCent) as Credits;
  return `${AS_LATELY}, ${amount(bought, where)} last until ${untilWhen(account)}.`;
}

const untilWhen = (account: Reader["account"]): string =>
  cycleEnd(account) === "renews" ? "renewal" : "the cycle ends";

function lowTitle({ isShort, pace }: Extract<Row, { kind: "low" }>, { balance, account, where }: Reader) {
  const left = amount(balance.remaining, where);
  if (!isShort || !pace?.lastsUntil) return `Credits are low: ${left} left`;
  const early = timeInWords(account.period.end.getTime() - pace.lastsUntil.getTime());
  return `Credits are likely to run out ${early} before ${untilWhen(account)}: ${left} left`;
}

function lowText({ isShort, pace, way }: Extract<Row, { kind: "low" }>, reader: Reader) {
  const { account, balance, where } = reader;
  if (!isShort || !pace?.lastsUntil) {
    const total = amount(balance.total, where);
    return [`That is what is left of ${total} in this billing cycle.`, nextCredits(account, where)];
  }
  return [
    `${AS_LATELY} they last until ${formatInstant(pace.lastsUntil, where, "day")}; about ${amount(pace.missing, where)} will be missing.`,
    way.kind === "none" && nextCredits(account, where),
  ];
}
