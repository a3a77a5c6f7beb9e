import { type ProviderAnswer, unavailableIsUnknown } from "./gateway";

/** Of a request whose answer nobody heard: when it was stored with its key, and when that is asked about it. */
export type Unheard = { readonly storedAt: Date; readonly now: Date };

const MINUTE_MS = 60_000;
/** After this nobody who confirmed is still waiting: what never reached Stripe is not sent any more. */
const REPEAT_FOR_MS = 60 * MINUTE_MS;
/** By now no call of ours can still be on its way: what Stripe does not list was not made. */
const TRUST_LIST_AFTER_MS = 3 * MINUTE_MS;

const ageOf = ({ storedAt, now }: Unheard): number => now.getTime() - storedAt.getTime();

/**
 * Whether a request whose answer nobody heard is still sent again under its stored key: for an hour. Stripe keeps an answer under
 * its key for at least 24 hours, also a 500, and takes the key for a new request afterwards
 * (https://docs.stripe.com/api/idempotent_requests).
 */
export const mayAskAgain = (unheard: Unheard): boolean => ageOf(unheard) <= REPEAT_FOR_MS;

/** Whether what Stripe does not list of such a request was not made, and will not be. */
export const mayTrustList = (unheard: Unheard): boolean => ageOf(unheard) > TRUST_LIST_AFTER_MS;

/**
 * Sends a request again with `ask`, under its stored key. Null where its key says nothing any more: it is an hour old, or older than
 * three minutes and Stripe repeats an error of its own. Then look for what it made: what is not there was never made. That Stripe was
 * not asked at all this time is `unknown`.
 */
export async function askAgain<T>(
  unheard: Unheard,
  ask: () => Promise<ProviderAnswer<T>>,
): Promise<ProviderAnswer<T> | null> {
  if (!mayAskAgain(unheard)) return null;
  const asked = unavailableIsUnknown(await ask());
  const repeatsError = asked.kind === "unknown" && asked.serverSaidNo;
  return repeatsError && mayTrustList(unheard) ? null : asked;
}
