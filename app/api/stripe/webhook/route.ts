import { DatabaseBusy } from "@/db/transact";
import { callerOf } from "@/lib/auth/caller";
import { recordSecurityEvent } from "@/lib/auth/security-events";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { unreachable } from "@/lib/result";
import { receiveWebhook } from "@/lib/stripe/webhook";

const LARGEST_BODY = 512 * 1024;

/** Where Stripe delivers events. Signed by Stripe, so neither a session nor an origin is asked for. */
export async function POST(request: Request): Promise<Response> {
  const body = await readBody(request);
  if (body === null) return answer(413, "The body is larger than any event.");
  const { STRIPE_WEBHOOK_SECRET, STRIPE_SECRET_KEY } = env();
  const settings = { secret: STRIPE_WEBHOOK_SECRET, live: /^(sk|rk)_live_/.test(STRIPE_SECRET_KEY) };
  try {
    const signature = request.headers.get("stripe-signature");
    const received = await receiveWebhook(deps().db, settings, { body, signature });
    if (received.ok) return answer(200, received.value.known ? "Known." : "Stored.");
    switch (received.error.code) {
      case "not_signed_by_stripe":
        void recordSecurityEvent(deps(), { kind: "webhook_forged", caller: callerOf(request.headers) });
        return answer(400, "The signature does not match, or is not from these minutes.");
      case "wrong_mode":
        return answer(400, "Test and live mode do not mix.");
      default:
        return unreachable(received.error);
    }
  } catch (error) {
    deps().log.error({ busy: error instanceof DatabaseBusy }, "a webhook could not be stored");
    return answer(503, "Not stored. Please deliver it again.");
  }
}

const answer = (status: number, message: string) => Response.json({ message }, { status });

/** The raw text, as it was signed; null when it is too large, without reading the rest. */
async function readBody(request: Request): Promise<string | null> {
  const reader = request.body?.getReader();
  if (!reader) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString("utf8");
    size += value.byteLength;
    if (size > LARGEST_BODY) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}
