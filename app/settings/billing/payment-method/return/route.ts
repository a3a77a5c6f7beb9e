import { revalidatePath } from "next/cache";
import type { NextRequest } from "next/server";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { finishCardSetup } from "@/lib/billing/cards/setup";
import { deps } from "@/lib/deps";
import { unreachable } from "@/lib/result";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { CARD_RETURN, findDestination, OVERVIEW } from "../../paths";
import { mayManageBilling } from "../../roles";
import type { CardFlag } from "../../sentences";

/** Where saving a card comes back to. What the address says is a hint: the provider is asked about the session. */
export async function GET(request: NextRequest): Promise<Response> {
  const { searchParams } = request.nextUrl;
  const sessionId = readSessionId(searchParams.get("session_id"));
  const then = searchParams.get("then");
  const destination = findDestination(then);
  const here = `${CARD_RETURN}?then=${destination ? then : "overview"}&session_id=${sessionId ?? ""}`;
  const customer = await requireCustomer(here);
  const flag = sessionId && mayManageBilling(customer) ? await finish(customer, sessionId) : "failed";
  revalidatePath("/settings/billing", "layout");
  const target = new URL(destination ?? OVERVIEW, deps().appUrl);
  target.searchParams.set("card", flag);
  return new Response(null, { status: 303, headers: { Location: target.href, "Cache-Control": "no-store" } });
}

const readSessionId = (text: string | null): string | null =>
  text && /^cs_[A-Za-z0-9_]{1,200}$/.test(text) ? text : null;

async function finish({ accountId, userId }: Customer, sessionId: string): Promise<CardFlag> {
  if (!(await countWork(deps().db, userId, "return")).ok) return "unconfirmed"; // As when the provider is silent.
  const { outcome: finished, keyRefused } = await noticeRefusedKey(() =>
    finishCardSetup(deps(), { accountId, sessionId }),
  );
  if (finished.ok) return "saved";
  switch (finished.error.code) {
    case "provider_unavailable":
      return keyRefused ? "unavailable" : "unconfirmed";
    case "not_finished":
      return "failed";
    default:
      return unreachable(finished.error);
  }
}
