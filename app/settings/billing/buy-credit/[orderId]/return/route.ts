import { revalidatePath } from "next/cache";
import { notFound } from "next/navigation";
import { requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { settleOrder } from "@/lib/billing/orders/settle";
import { deps } from "@/lib/deps";
import { fromPublicId } from "@/lib/ids";
import { orderPath } from "../../../paths";

type Context = { readonly params: Promise<{ readonly orderId: string }> };

/**
 * Where the bank's page comes back to. Nothing of what the address says is believed: the provider is asked, and the
 * redirect leaves the payment's secret out of the address bar and the history.
 */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { orderId: publicId } = await params;
  const orderId = fromPublicId("order", publicId);
  if (!orderId) notFound();
  const { accountId, userId } = await requireCustomer(`${orderPath(publicId)}/return`);
  // Asked too often, the order's page shows what is known, and settles by itself.
  if ((await countWork(deps().db, userId, "return")).ok) {
    const { status } = await settleOrder(deps(), { accountId, orderId });
    if (status === null) notFound();
  }
  revalidatePath("/settings/billing", "layout");
  const target = new URL(orderPath(publicId), deps().appUrl);
  return new Response(null, {
    status: 303,
    headers: { Location: target.href, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
  });
}
