import { decode, encode } from "next-auth/jwt";
import type { SessionSubject } from "./session-token";

/** So long somebody has to type the code of their app after their password was right. */
export const HALF_SIGNED_IN_SECONDS = 10 * 60;

const WAYS = ["password", "github", "google"] as const;
export type FirstStep = (typeof WAYS)[number];

/** Somebody who has proved one thing of two: who they would be, and how they came. It opens nothing by itself. */
export type HalfSignedIn = SessionSubject & { readonly way: FirstStep };

/** Sealed with another key than sessions, so that neither can be taken for the other. */
const SALT = "refill.second-factor";

export const sealHalfSignedIn = (half: HalfSignedIn, secret: string): Promise<string> => {
  const { userId, accountId, sessionVersion, way } = half;
  const token = { sub: userId, accountId, sessionVersion, way };
  return encode({ token, secret, salt: SALT, maxAge: HALF_SIGNED_IN_SECONDS });
};

/** Null for whatever is not one of ours that is still young enough; never throws for bad input. */
export async function openHalfSignedIn(
  sealed: string | undefined,
  secret: string,
): Promise<HalfSignedIn | null> {
  if (!sealed || sealed.length > 4_096) return null;
  const claims = await decode({ token: sealed, secret, salt: SALT }).catch(() => null);
  const { sub, accountId, sessionVersion } = claims ?? {};
  const way = WAYS.find((each) => each === claims?.way);
  if (typeof sub !== "string" || typeof accountId !== "string") return null;
  if (typeof sessionVersion !== "number" || !way) return null;
  return { userId: sub, accountId, sessionVersion, way };
}
