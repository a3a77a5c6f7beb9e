import { failed, invalid } from "@/lib/action";
import type { SignInRefusal } from "@/lib/auth/sign-in";
import { unreachable } from "@/lib/result";
import { waitText } from "./wait-text";

/** Why an e-mail and a password did not sign somebody in. */
export function signInRefusal(error: SignInRefusal) {
  switch (error.code) {
    case "wrong_credentials":
      return invalid({}, "Wrong e-mail or password. Check both and try again.");
    case "no_account":
      return failed(
        error.code,
        "You no longer belong to an account. Ask an owner of the account to invite you again.",
      );
    case "address_refused":
      return failed(
        error.code,
        `There were too many attempts from where you are. Please try again in ${waitText(error.retryAt)}, or in a browser you signed in with before.`,
      );
    case "crowded":
      return failed(
        error.code,
        "There are many attempts to sign in with this e-mail address right now, so it takes longer in a browser you have not used before. Please try again in a minute.",
      );
    default:
      return unreachable(error);
  }
}
