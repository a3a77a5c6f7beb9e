import type { PlanView } from "@/lib/billing/account-view";
import { unreachable } from "@/lib/result";
import { planNow } from "./words";

/**
 * What a payment for a plan that is missing is to its customer. `ended`: the plan is over. `also`: an older invoice, while the
 * plan runs. `by_mail`, `overdue`: of an invoice that is sent. `coming`: nothing has failed yet, and nothing is asked for.
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
  const { payBy, wasTried } = openInvoice;
  if (payBy && !wasTried) {
    if (now < payBy) return "by_mail";
    return isPastDue ? "overdue" : "also";
  }
  return isPastDue ? "failed" : "also";
}

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
      return `An invoice for your ${name} plan is to be paid`;
    case "ended":
      return `Your ${(view.openInvoice?.plan ?? view.ended?.plan ?? view.plan).name} plan has ended, and an invoice for it was not paid`;
    case "also":
      return "Also unpaid: an older invoice of your plan";
    case "coming":
      return `The payment for your ${name} plan has not come through yet`;
    default:
      return unreachable(due);
  }
}
