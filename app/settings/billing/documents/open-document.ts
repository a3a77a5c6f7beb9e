import type { Customer } from "@/lib/auth/session";
import { countWork } from "@/lib/auth/work-limits";
import type { DocumentRef, FoundDocument } from "@/lib/billing/find-document";
import { type Deps, deps } from "@/lib/deps";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { redirectTo } from "../plans/return-paths";
import { findProviderPage } from "../provider-page";
import { type Missing, missingPath, type Wanted } from "./missing";

type Find = (deps: Deps, ref: DocumentRef) => Promise<FoundDocument>;

/**
 * Sends a browser to where Stripe shows a document of the customer's account: the link is asked for each time, as links end.
 * Where there is none it is sent to a page that says so and what to do. What another account has does not exist.
 */
export async function openDocument(
  { accountId, userId }: Customer,
  wanted: Wanted,
  find: Find,
): Promise<Response> {
  const { appUrl } = deps();
  const explain = (why: Missing) => redirectTo(missingPath(wanted, why), appUrl);
  if (!(await countWork(deps().db, userId, "document")).ok) return explain("too_often");
  const { outcome: found, keyRefused } = await noticeRefusedKey(() =>
    find(deps(), { accountId, id: wanted.id }),
  );
  if (!found.ok) {
    const { code } = found.error;
    if (code === "not_found") return nothingThere();
    return explain(code === "provider_unavailable" && keyRefused ? "unavailable" : code);
  }
  const page = findProviderPage(found.value.url);
  return page ? redirectTo(page, appUrl) : explain("unavailable");
}

/** A link from a file or a mail is opened by itself: a sentence in place of the browser's own page. */
const nothingThere = (): Response =>
  new Response("Your account has no such document.\n", {
    status: 404,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
  });
