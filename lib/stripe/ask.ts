import Stripe from "stripe";
import { PAYMENTS_UNAVAILABLE_CODE, type ProviderAnswer } from "../billing/gateway";
import { newId } from "../ids";
import { countRequests, NotSent } from "./access/http";

type StripeError = Stripe.errors.StripeError;

/**
 * Sorts what the SDK throws into yes, no and unknown. Some errors are answers all the same, a decline for one:
 * `answerIn` reads those. Anything that is no error of Stripe's is thrown on.
 */
export async function ask<T>(
  question: () => Promise<T>,
  answerIn: (error: StripeError) => T | null = () => null,
): Promise<ProviderAnswer<T>> {
  try {
    return { kind: "answered", value: await question() };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const answer = answerIn(error);
    if (answer !== null) return { kind: "answered", value: answer };
    return isDefinite(error)
      ? { kind: "refused", code: error.code ?? error.rawType ?? "refused" }
      : {
          kind: "unknown",
          reason: wasNotSent(error) ? NOT_SENT : `${error.type} ${error.statusCode ?? ""}`.trim(),
          serverSaidNo: (error.statusCode ?? 0) >= 500,
        };
  }
}

/** The reason of what was not sent at all: nobody knows whether the key is one of the database's account, or it is not. */
const NOT_SENT = "not sent";

const wasNotSent = ({ detail }: StripeError): boolean => (detail as unknown) instanceof NotSent;

/** Stripe knew the key no more (401) or did not allow it this (403): of this request nothing was done. */
const refusedTheKey = (asked: ProviderAnswer<unknown>): boolean =>
  asked.kind === "unknown" && /^Stripe(Authentication|Permission)Error /.test(asked.reason);

const wasNotAsked = (asked: ProviderAnswer<unknown>): boolean =>
  asked.kind === "unknown" && asked.reason === NOT_SENT;

const UNAVAILABLE = { kind: "refused", code: PAYMENTS_UNAVAILABLE_CODE } as const;

/**
 * A charge that was not sent, or was refused with the key it came with, was not made: but only where nothing of this call
 * was sent before, which the SDK does again by itself when an answer is lost.
 */
export function askToCharge<T>(question: () => Promise<ProviderAnswer<T>>): Promise<ProviderAnswer<T>> {
  return countRequests(async (sent) => {
    const asked = await question();
    const notMade =
      (wasNotAsked(asked) && sent.requests === 0) || (refusedTheKey(asked) && sent.requests === 1);
    return notMade ? UNAVAILABLE : asked;
  });
}

/** What comes before a charge: where it was not asked or was refused with our key, the charge was not sent at all. */
export async function askBeforeCharge<T>(question: () => Promise<T>): Promise<ProviderAnswer<T>> {
  const asked = await ask(question);
  return wasNotAsked(asked) || refusedTheKey(asked) ? UNAVAILABLE : asked;
}

/**
 * Stripe looked at this request and did nothing. Not so a conflict or a rate limit, where the first call may still
 * run; a reused key, which says that something was done under it; or a bad API key, which says nothing about what
 * an earlier call with the same idempotency key did.
 */
function isDefinite(error: StripeError): boolean {
  if (error instanceof Stripe.errors.StripeIdempotencyError) return false;
  return error.statusCode === 400 || error.statusCode === 402 || error.statusCode === 404;
}

/** For what is harmless to repeat: under a key that was used before, Stripe would repeat an old answer. */
export const freshKey = () => ({ idempotencyKey: newId() });

/** The answer of `look` where `act` was refused in a state that made it needless, which `isDone` tells. */
export async function actOrFind<T>(
  act: () => Promise<T>,
  look: () => Promise<T>,
  isDone: (found: T) => boolean,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    const found = await look();
    if (isDone(found)) return found;
    throw error;
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing";
