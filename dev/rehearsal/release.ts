import Stripe from "stripe";
import { isOurRelease } from "../../lib/stripe/webhook";
import { Refused } from "./arguments";
import type { Target } from "./transcript";

/**
 * Refuses a sandbox whose events another release of the API writes: lists show them in the sandbox's own default version, and the
 * product parks what it does not read. A sandbox without events yet cannot be asked.
 */
export async function refuseOtherRelease({
  target,
  secretKey,
}: {
  readonly target: Target;
  readonly secretKey: string;
}): Promise<void> {
  if (target === "simulator") return;
  const stripe = new Stripe(secretKey, { telemetry: false, maxNetworkRetries: 2 });
  const [newest] = (await stripe.events.list({ limit: 1 })).data;
  if (!newest || isOurRelease(newest.api_version)) return;
  throw new Refused(
    `The sandbox writes events of version ${newest.api_version}, and the product reads ${Stripe.API_VERSION}: ` +
      "choose that version for the sandbox in Stripe's Workbench, or make a new sandbox.",
  );
}
