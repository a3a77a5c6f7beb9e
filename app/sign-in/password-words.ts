import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, type PasswordProblem } from "@/lib/auth/passwords";
import { unreachable } from "@/lib/result";

const COMMON =
  "This is one of the first passwords an attacker would try. Choose one that nobody else would think of.";
const PERSONAL =
  "This contains your name, your e-mail address or our name, which an attacker would try first. Choose something else.";

/** What is wrong with a new password, and what to do about it. */
export function passwordSentence({ code }: PasswordProblem): string {
  switch (code) {
    case "password_too_short":
      return `Use at least ${MIN_PASSWORD_LENGTH} characters.`;
    case "password_too_long":
      return `Use at most ${MAX_PASSWORD_LENGTH} characters.`;
    case "password_is_common":
      return COMMON;
    case "password_is_personal":
      return PERSONAL;
    default:
      return unreachable(code);
  }
}
