import { revalidatePath } from "next/cache";
import { notFound } from "next/navigation";
import { requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { settlePlanPayment } from "@/lib/billing/subscriptions/settle-payment";
import { deps } from "@/lib/deps";
import { fromPublicId } from "@/lib/ids";
import { planPaymentPath } from "../../../../paths";
import { redirectTo } from "../../../return-paths";

type Context = { readonly params: Promise<{ readonly paymentId: string }> };

/**
 * Where the bank's page comes back to. Nothing of what the address says is believed: the provider is asked, and the
 * redirect leaves the payment's secret out of the address bar and the history.
 */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { paymentId } = await params;
  if (!fromPublicId("planPayment", paymentId)) notFound();
  const { accountId, userId } = await requireCustomer(`${planPaymentPath(paymentId)}/return`);
  // Asked too often, the payment's page shows what is known, and settles by itself.
  const counted = await countWork(deps().db, userId, "return");
  if (counted.ok && !(await settlePlanPayment(deps(), { accountId, paymentId }))) notFound();
  revalidatePath("/settings/billing", "layout");
  return redirectTo(planPaymentPath(paymentId), deps().appUrl);
}
