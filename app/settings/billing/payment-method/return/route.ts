import { revalidatePath } from "next/cache";
import type { NextRequest } from "next/server";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import { removeCard } from "@/lib/billing/cards/remove";
import { finishCardSetup } from "@/lib/billing/cards/setup";
import { deps } from "@/lib/deps";
import { unreachable } from "@/lib/result";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { cardReturnPath, findDestination, OVERVIEW } from "../../paths";
import { mayManageBilling } from "../../roles";
import type { CardFlag } from "../../sentences";

/** Where saving a card comes back to. What the address says is a hint: the provider is asked about the session. */
export async function GET(request: NextRequest): Promise<Response> {
  const { searchParams } = request.nextUrl;
  const sessionId = readSessionId(searchParams.get("session_id"));
  const then = searchParams.get("then");
  const destination = findDestination(then);
  const replaces = readCardId(searchParams.get("replaces"));
  const back = cardReturnPath(destination && then ? then : "overview", replaces ?? undefined);
  const here = `${back}&session_id=${sessionId ?? ""}`;
  const customer = await requireCustomer(here);
  const flag =
    sessionId && mayManageBilling(customer) ? await finish(customer, { sessionId, replaces }) : "failed";
  revalidatePath("/settings/billing", "layout");
  const target = new URL(destination ?? OVERVIEW, deps().appUrl);
  target.searchParams.set(flag === "replaced" ? "done" : "card", flag);
  return new Response(null, { status: 303, headers: { Location: target.href, "Cache-Control": "no-store" } });
}

const readSessionId = (text: string | null): string | null =>
  text && /^cs_[A-Za-z0-9_]{1,200}$/.test(text) ? text : null;

const readCardId = (text: string | null): string | null =>
  text && /^pm_[A-Za-z0-9_]{1,200}$/.test(text) ? text : null;

type Finish = {
  readonly sessionId: string;
  /** The card in whose place the new one comes. */
  readonly replaces: string | null;
};

async function finish(
  { accountId, userId }: Customer,
  { sessionId, replaces }: Finish,
): Promise<CardFlag | "replaced"> {
  if (!(await countWork(deps().db, userId, "return")).ok) return "unconfirmed"; // As when the provider is silent.
  const { outcome: finished, keyRefused } = await noticeRefusedKey(() =>
    finishCardSetup(deps(), { accountId, sessionId }),
  );
  if (finished.ok) {
    // Where the old one cannot be removed now, both are shown, and it can be removed there.
    const removed = replaces ? await removeCard(deps(), { accountId, paymentMethodId: replaces }) : null;
    return removed?.ok ? "replaced" : "saved";
  }
  switch (finished.error.code) {
    case "provider_unavailable":
      return keyRefused ? "unavailable" : "unconfirmed";
    case "not_finished":
      return "failed";
    default:
      return unreachable(finished.error);
  }
}
