import { readBounded } from "@/lib/bounded-body";
import { deps } from "@/lib/deps";
import { readUnsubscribe, UNSUBSCRIBE_PAGE } from "@/lib/mail/unsubscribe";
import { optOut } from "@/lib/outbox/opt-outs";

const MAX_BODY = 4 * 1024;
/** What mail programs send (RFC 8058), to whom no redirect may be answered. */
const ONE_CLICK = /^List-Unsubscribe=One-Click$/m;

/**
 * Switches mails of one topic off for whom a signed address names: for mail programs, and for the button on the page. Neither
 * a session nor an origin is asked for: the signature says who, and all it can do is to stop such mails.
 */
export async function POST(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const body = await readBounded(request, MAX_BODY);
  if (body === null) return answer(413, "The body is larger than any of these.");
  const { db, sign, log } = deps();
  const who = readUnsubscribe(searchParams, sign);
  if (!who) return answer(400, "This address is not one of ours, or incomplete. Nothing was changed.");
  try {
    await optOut(db, who);
  } catch (error) {
    log.error({ err: error }, "mails could not be switched off");
    return answer(503, "Nothing was changed. Please try again later.");
  }
  if (ONE_CLICK.test(Buffer.from(body).toString("utf8")))
    return answer(200, "Done: these e-mails are stopped.");
  return new Response(null, { status: 303, headers: { location: `${UNSUBSCRIBE_PAGE}?${searchParams}` } });
}

const answer = (status: number, message: string) => Response.json({ message }, { status });
