"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { codeRefusal } from "@/app/sign-in/code-refusal";
import { waitText } from "@/app/sign-in/wait-text";
import { customerAction, done, failed, invalid } from "@/lib/action";
import {
  type BeginRefusal,
  beginFactor,
  confirmFactor,
  removeFactor,
  replaceRecoveryCodes,
} from "@/lib/auth/factor";
import { operatorsNeedFactor } from "@/lib/auth/operators-factor";
import { hasPassword } from "@/lib/auth/profile";
import { factorDeps, factorPerson } from "@/lib/auth/second-step";
import { startSession } from "@/lib/auth/session";
import { unreachable } from "@/lib/result";
import { SECOND_FACTOR_PATH } from "./path";

const MISSING = "Enter a code.";
const code = z.string({ error: MISSING }).trim().min(1, MISSING).max(100, MISSING);
const NOT_BEGUN = "That took too long, or was begun in another browser. Please begin again.";

export const beginFactorAction = customerAction({
  input: z.object({ password: z.string().max(1_024).optional() }),
  run: async ({ input, customer, deps }) => {
    const needsPassword = await hasPassword(deps, customer.userId);
    if (needsPassword && !input.password) return invalid({ password: "Enter your password." });
    const password = needsPassword ? (input.password ?? "") : null;
    const result = await beginFactor(factorDeps(), customer, password);
    if (!result.ok) return beginRefusal(result.error);
    redirect(SECOND_FACTOR_PATH);
  },
});

function beginRefusal(error: BeginRefusal) {
  switch (error.code) {
    case "wrong_password":
      return invalid({ password: "That is not your password." });
    case "too_many_attempts":
      return failed(
        error.code,
        `There were too many attempts. Please try again in ${waitText(error.retryAt)}.`,
      );
    case "not_fresh":
      return failed(error.code, "Please sign out and in again first, so that we know it is you.");
    case "already_on":
      return failed(error.code, "Your second factor is on already. Please reload this page.");
    default:
      return unreachable(error);
  }
}

export const confirmFactorAction = customerAction({
  input: z.object({ code }),
  run: async ({ input, customer }) => {
    const { userId, accountId, sessionId } = customer;
    const person = { ...(await factorPerson(customer)), sessionId };
    const result = await confirmFactor(factorDeps(), person, input.code);
    if (!result.ok) {
      return result.error.code === "not_begun" ? failed("not_begun", NOT_BEGUN) : codeRefusal(result.error);
    }
    const { recoveryCodes, sessionVersion } = result.value;
    await startSession({ userId, accountId, sessionVersion }, "again");
    return done({
      message: "Your second factor is on. You are signed out everywhere else.",
      codes: recoveryCodes.join(" "),
    });
  },
});

export const replaceCodesAction = customerAction({
  input: z.object({ code }),
  run: async ({ input, customer }) => {
    const result = await replaceRecoveryCodes(factorDeps(), await factorPerson(customer), input.code);
    if (!result.ok) return codeRefusal(result.error);
    return done({
      message: "You have new recovery codes. The old ones no longer work.",
      codes: result.value.join(" "),
    });
  },
});

export const removeFactorAction = customerAction({
  input: z.object({ code }),
  run: async ({ input, customer }) => {
    if (customer.isOperator && operatorsNeedFactor())
      return failed("operators_need_it", "You run this product, so you need a second factor.");
    const result = await removeFactor(factorDeps(), await factorPerson(customer), input.code);
    if (!result.ok) return codeRefusal(result.error);
    redirect(`${SECOND_FACTOR_PATH}?done=off`);
  },
});
