import type { PlanView } from "@/lib/billing/account-view";
import type { BalanceView } from "@/lib/ledger/queries";
import { formatCredits } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { formatInstant } from "@/lib/wording/instants";
import { planNow, whatWent } from "./words";

/**
 * What a payment for a plan that is missing is to its customer. `ended`: the plan is over. `also`: an older invoice, while the
 * plan runs. `by_mail`, `overdue`: of an invoice that is sent; `by_mail` also of one for the running period that is not charged
 * by itself. `coming`: nothing has failed yet, and nothing is asked for.
 */
export type Due = "failed" | "unpaid" | "overdue" | "by_mail" | "ended" | "also" | "coming";

type Standing = Pick<
  PlanView,
  "plan" | "planStatus" | "subscription" | "standing" | "openInvoice" | "unfinished" | "ended" | "now"
>;

/** Null: nothing is missing. What a plan that has not begun costs is asked for elsewhere. */
export function dueOf(view: Standing): Due | null {
  const { planStatus, subscription, standing, openInvoice, unfinished, now } = view;
  const isPastDue = planStatus === "past_due";
  if (!openInvoice) return isPastDue && standing?.kind !== "unpaid" ? "coming" : null;
  if (!isPastDue && unfinished && !subscription && !standing) return null;
  if (!isPastDue && !subscription && !standing) return "ended";
  if (standing?.kind === "unpaid") return "unpaid";
  const { payBy, wasTried, period } = openInvoice;
  if (payBy && !wasTried) {
    if (now < payBy) return "by_mail";
    return isPastDue ? "overdue" : "also";
  }
  if (isPastDue) return "failed";
  return !wasTried && period && now < period.end ? "by_mail" : "also";
}

/** Whether a plan was chosen whose first payment is missing, and there is no other. */
export const isUnfinished = ({
  unfinished,
  subscription,
  standing,
}: Pick<PlanView, "unfinished" | "subscription" | "standing">): boolean =>
  unfinished !== null && subscription === null && standing === null;

/** The same in a line. */
export function dueTitle(due: Due, view: Standing): string {
  const { name } = planNow(view);
  switch (due) {
    case "failed":
    case "unpaid":
      return `The last payment for your ${name} plan did not go through`;
    case "overdue":
      return `An invoice for your ${name} plan is overdue`;
    case "by_mail":
      return `An invoice for your ${name} plan is due`;
    case "ended":
      return `Your ${(view.openInvoice?.plan ?? view.ended?.plan ?? view.plan).name} plan has ended, and an invoice for it was not paid`;
    case "also":
      return "Also unpaid: an older invoice for your plan";
    case "coming":
      return `The payment for your ${name} plan has not gone through yet`;
    default:
      return unreachable(due);
  }
}

type Where = { readonly locale: string; readonly timeZone: string };

/** Credits left of a cycle that is not paid, and what is owed, which is paid out of them first once it is. */
type Held = Pick<BalanceView, "frozenPlan" | "owed">;

/** What can be done with frozen credits as soon as they are paid for; `once`: says when that is, as a sentence begins. */
export function afterPaying(once: string, { frozenPlan, owed }: Held): string {
  if (owed === 0n) return `${once}, you can spend them right away.`;
  return owed < frozenPlan
    ? `${once}, what you owe is paid out of them first, and you can spend the rest right away.`
    : `${once}, all of them pay back what you owe.`;
}

/** What a missing payment holds back, and what paying brings. */
export function consequenceOf(
  due: Due,
  view: PlanView,
  { balance, where }: { readonly balance: Held; readonly where: Where },
): string {
  switch (due) {
    case "ended":
      return view.ended
        ? `It ended on ${formatInstant(view.ended.at, where)}. ${whatWent(view.ended, where)}`.trimEnd()
        : "You can start again, or pay the invoice.";
    case "also":
      // An amount that somebody typed gives none.
      return `Your plan continues.${view.openInvoice?.credits === null ? "" : " The credits this invoice pays for are added once it is paid."}`;
    case "by_mail":
      return view.planStatus === "past_due"
        ? "Your plan's credits are added once it is paid, and you can buy credits then."
        : `Your plan continues in the meantime.${view.openInvoice?.payBy ? " Pay by then to keep it." : ""}`;
    case "unpaid":
      return "Your plan is on hold: no credits are added, and you cannot buy any, until the invoice is paid. Once it is, your plan resumes right away.";
    case "coming":
      return "You don't need to do anything: your card is charged automatically, and your credits are added once that goes through.";
    case "failed":
    case "overdue":
      return balance.frozenPlan === 0n
        ? "You cannot buy credits until it is paid."
        : `${formatCredits(balance.frozenPlan, where.locale)} credits of this cycle are frozen until it is paid, and you cannot buy credits. ${afterPaying("Once it is paid", balance)}`;
    default:
      return unreachable(due);
  }
}
