import type { SignInEvent, SignInHistoryKind } from "@/lib/auth/sign-in-history";
import type { BadgeTone } from "../billing/badge";

export const SIGN_INS = "/settings/profile/sign-ins";

type Outcome = { readonly text: string; readonly tone: BadgeTone; readonly badge: string };

const IN = { tone: "good", badge: "Signed in" } as const;
const REFUSED = { tone: "warn", badge: "Refused" } as const;
const CHANGED = { tone: "soft", badge: "Changed" } as const;
const OUT = { tone: "sunken", badge: "Signed out" } as const;
const NOTED = { tone: "sunken", badge: "Noted" } as const;

const OUTCOMES: Readonly<Record<SignInHistoryKind, Outcome>> = {
  signed_in: { text: "Signed in", ...IN },
  sign_in_failed: { text: "Wrong password", ...REFUSED },
  sign_in_slowed: { text: "Had to wait after many wrong passwords", ...NOTED },
  factor_failed: { text: "Wrong code of the second factor", ...REFUSED },
  recovery_code_used: { text: "A recovery code was used", ...NOTED },
  new_browser: { text: "In a browser not seen before", ...NOTED },
  signed_out: { text: "Signed out", ...OUT },
  session_revoked: { text: "Signed other sessions out", ...OUT },
  password_changed: { text: "Password changed on Profile", ...CHANGED },
  password_reset_asked: { text: "A password reset was requested", ...NOTED },
  password_reset: { text: "Password reset with an e-mailed link", ...CHANGED },
  email_change_asked: { text: "A change of e-mail address was requested", ...NOTED },
  email_changed: { text: "E-mail address changed", ...CHANGED },
  email_change_undone: { text: "Change of e-mail address undone", ...CHANGED },
  factor_added: { text: "Second factor turned on", ...CHANGED },
  factor_removed: { text: "Second factor turned off", ...CHANGED },
  recovery_codes_made: { text: "New recovery codes", ...CHANGED },
  member_joined: { text: "Joined an account", ...NOTED },
};

const BY_US: Outcome = { text: "Signed out everywhere by us", ...OUT };

const WAYS: Readonly<Record<string, string>> = {
  password: "with the password",
  github: "with GitHub",
  google: "with Google",
};

/** What happened, in a few words. Of a flood, one row stands for many. */
export function outcomeOf({ kind, by, times }: Pick<SignInEvent, "kind" | "by" | "times">): Outcome {
  const outcome = kind === "session_revoked" && by === "operator" ? BY_US : OUTCOMES[kind];
  const way = kind === "signed_in" && by !== null && Object.hasOwn(WAYS, by) ? ` ${WAYS[by]}` : "";
  return { ...outcome, text: `${outcome.text}${way}${times > 1 ? `, ${times} times` : ""}` };
}
