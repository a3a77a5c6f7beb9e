import { type Credits, credits, maxCredits } from "../money/credits";

/** What one command may move. They are asked after the key: what was once accepted is answered as it was. */
export type LedgerLimits = {
  /** The most that one spend or hold may name, and a capture unless its hold has more. */
  readonly mostPerCall: Credits;
  /** A capture takes at most so many times what was held, or `captureFloor` where that is more. */
  readonly captureTimesHold: bigint;
  readonly captureFloor: Credits;
};

export const USUAL_LIMITS: LedgerLimits = {
  mostPerCall: credits(1_000_000_000n),
  captureTimesHold: 10n,
  captureFloor: credits(1_000_000n),
};

/**
 * The most that one grant may give: nine thousand of them do not fill an int64. Whoever takes an amount of an operator
 * refuses more.
 */
export const MAX_GRANTED = credits(1_000_000_000_000_000n);

/**
 * Work costs more than was held for it, but not any amount: what is beyond is a mistake of the caller's, and would be
 * a debt nobody can pay. What was held may always be captured, also where fewer may be held by now.
 */
export function mostOfCapture(held: Credits, { mostPerCall, captureTimesHold, captureFloor }: LedgerLimits) {
  const perCall = maxCredits(mostPerCall, held);
  const ofHold = maxCredits(credits(held * captureTimesHold), captureFloor);
  return ofHold <= perCall
    ? ({ code: "capture_too_large", most: ofHold } as const)
    : ({ code: "amount_too_large", most: perCall } as const);
}
