import { DatabaseBusy } from "@/db/transact";
import { callerOf } from "@/lib/auth/caller";
import { recordSecurityEvent } from "@/lib/auth/security-events";
import { readBounded } from "@/lib/bounded-body";
import { deps } from "@/lib/deps";
import { env, isLiveKey, webhookSecretsOf } from "@/lib/env";
import { countDelivery } from "@/lib/metrics/count-delivery";
import { unreachable } from "@/lib/result";
import { type Received, receiveWebhook } from "@/lib/stripe/webhook";

/**
 * Many times any event. What is larger is not read on, so nobody knows whether it was signed: it is refused, and what it
 * told, if it was Stripe's, is found out without events.
 */
const MAX_BODY = 512 * 1024;

/** Where Stripe delivers events. Signed by Stripe, so neither a session nor an origin is asked for. */
export async function POST(request: Request): Promise<Response> {
  const bytes = await readBounded(request, MAX_BODY);
  if (bytes === null) {
    countDelivery("none", "too_large");
    return answer(413, "The body is larger than any event.");
  }
  const body = Buffer.from(bytes).toString("utf8");
  const settings = { secrets: webhookSecretsOf(env()), live: isLiveKey(env().STRIPE_SECRET_KEY) };
  try {
    const signature = request.headers.get("stripe-signature");
    const received = await receiveWebhook(deps(), settings, { body, signature });
    if (received.ok) return accepted(received.value);
    countDelivery("none", received.error.code);
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
    countDelivery("none", "not_stored");
    deps().log.error({ err: error, busy: error instanceof DatabaseBusy }, "a webhook could not be stored");
    return answer(503, "Not stored. Please deliver it again.");
  }
}

function accepted({ eventId, type, known, parked }: Received): Response {
  countDelivery(type, known ? "known" : parked ? "parked" : "stored");
  if (parked && !known) deps().log.error({ eventId, reason: parked }, "an event is parked: npm run events");
  return answer(200, known ? "Known." : parked ? "Stored, and parked." : "Stored.");
}

const answer = (status: number, message: string) => Response.json({ message }, { status });
