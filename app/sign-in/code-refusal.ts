import { failed, invalid } from "@/lib/action";
import type { CodeRefusal } from "@/lib/auth/factor";
import { unreachable } from "@/lib/result";
import { waitText } from "./wait-text";

/** What the form shows whose field `code` was wrong. */
export function codeRefusal(error: CodeRefusal) {
  switch (error.code) {
    case "wrong_code":
      return invalid({
        code: "That code is not right, or was used before. Wait for the next one in your app and try again.",
      });
    case "too_many_attempts":
      return failed(
        error.code,
        `There were too many wrong codes. Please try again in ${waitText(error.retryAt)}.`,
      );
    default:
      return unreachable(error);
  }
}
