import { revalidatePath } from "next/cache";
import type { NextRequest } from "next/server";
import { z } from "zod";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { getAccountView } from "@/lib/billing/account-view";
import { finishCardSetup } from "@/lib/billing/cards/setup";
import { payOpenInvoice } from "@/lib/billing/subscriptions/pay-invoice";
import { deps } from "@/lib/deps";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { PLANS, planPaymentPath } from "../../../paths";
import { findProviderPage } from "../../../provider-page";
import { mayManageBilling } from "../../../roles";
import type { CardFlag } from "../../../sentences";
import { type CardPay, cardPayReturnPath, readSessionId, redirectTo } from "../../return-paths";
import type { PayProblem } from "../../sentences";

const cardPay = z.object({
  invoice: z.string().min(1).max(200),
  // An address from before this was in it pays nothing: the card is saved, and the page says what is due.
  cents: z
    .string()
    .regex(/^\d{1,18}$/)
    .default("0"),
  request: z.uuid(),
});

/**
 * Where saving a card comes back to when the open invoice is to be paid with it. Only the invoice that the button
 * named is paid; coming back a second time is the same payment.
 */
export async function GET(request: NextRequest): Promise<Response> {
  const { searchParams } = request.nextUrl;
  const sessionId = readSessionId(searchParams);
  const asked = cardPay.safeParse(Object.fromEntries(searchParams));
  if (!sessionId || !asked.success) return toPlans("failed");
  const customer = await requireCustomer(`${cardPayReturnPath(asked.data)}&session_id=${sessionId}`);
  if (!mayManageBilling(customer)) return toPlans("failed");
  if (!(await countWork(deps().db, customer.userId, "return")).ok) return toPlans("unconfirmed");
  const { outcome: saved, keyRefused } = await noticeRefusedKey(() =>
    finishCardSetup(deps(), { accountId: customer.accountId, sessionId }),
  );
  if (!saved.ok && saved.error.code === "not_finished") return toPlans("failed");
  if (!saved.ok) return toPlans(keyRefused ? "unavailable" : "unconfirmed");
  return pay(customer, { ...asked.data, paymentMethodId: saved.value.paymentMethodId });
}

type Paying = CardPay & { /** The card just saved. */ readonly paymentMethodId: string };

async function pay(
  { accountId, userId }: Customer,
  { invoice, cents, request, paymentMethodId }: Paying,
): Promise<Response> {
  const { openInvoice } = await getAccountView(deps().db, accountId);
  if (openInvoice?.id !== invoice) return toPlans("saved");
  const shown = { invoiceId: invoice, cents: BigInt(cents) };
  const { outcome: paid, keyRefused } = await noticeRefusedKey(() =>
    payOpenInvoice(deps(), { accountId, userId, requestId: request, paymentMethodId, shown }),
  );
  if (!paid.ok) {
    const isOurs = paid.error.code === "provider_unavailable" && keyRefused;
    return toPlans("saved", isOurs ? "payments_unavailable" : paid.error.code);
  }
  revalidatePath("/settings/billing", "layout");
  const { actionUrl, paymentId } = paid.value;
  const bank = actionUrl && findProviderPage(actionUrl);
  return redirectTo(bank || planPaymentPath(paymentId), deps().appUrl);
}

function toPlans(card: CardFlag, problem?: PayProblem): Response {
  revalidatePath("/settings/billing", "layout");
  const query = new URLSearchParams(problem ? { card, pay: problem } : { card });
  return redirectTo(`${PLANS}?${query}`, deps().appUrl);
}
