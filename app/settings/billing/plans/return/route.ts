import { revalidatePath } from "next/cache";
import type { NextRequest } from "next/server";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { finishSubscribe } from "@/lib/billing/subscriptions/subscribe";
import { deps } from "@/lib/deps";
import { unreachable } from "@/lib/result";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { PLANS } from "../../paths";
import { mayManageBilling } from "../../roles";
import { CHECKOUT_RETURN, readSessionId, redirectTo } from "../return-paths";
import type { CheckoutFlag } from "../sentences";

/** Where Checkout comes back to. What the address says is a hint: the provider is asked about the session. */
export async function GET(request: NextRequest): Promise<Response> {
  const sessionId = readSessionId(request.nextUrl.searchParams);
  const customer = await requireCustomer(`${CHECKOUT_RETURN}?session_id=${sessionId ?? ""}`);
  const flag = sessionId && mayManageBilling(customer) ? await finish(customer, sessionId) : "open";
  revalidatePath("/settings/billing", "layout");
  return redirectTo(`${PLANS}?checkout=${flag}`, deps().appUrl);
}

async function finish({ accountId, userId }: Customer, sessionId: string): Promise<CheckoutFlag> {
  if (!(await countWork(deps().db, userId, "return")).ok) return "unknown"; // As when the provider is silent.
  const { outcome: finished, keyRefused } = await noticeRefusedKey(() =>
    finishSubscribe(deps(), { accountId, sessionId }),
  );
  if (finished.ok) return finished.value.status === "subscribed" ? "done" : "open";
  switch (finished.error.code) {
    case "provider_unavailable":
      return keyRefused ? "unavailable" : "unknown";
    case "unknown_session":
      return "open";
    default:
      return unreachable(finished.error);
  }
}
