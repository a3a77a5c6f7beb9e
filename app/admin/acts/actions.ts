"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { done, failed, hiddenField, invalid, operatorAction, textField } from "@/lib/action";
import type { FieldName } from "@/lib/desk/acts/act";
import { approveAct, endWaiting } from "@/lib/desk/acts/approve";
import { isActKind } from "@/lib/desk/acts/kinds";
import { MAX_REASON, performAct } from "@/lib/desk/acts/perform";
import { ACT_FIELDS, actRefusalSentence } from "@/lib/desk/acts/words";
import { approvalsOf, env } from "@/lib/env";
import { fromPublicId, type IdKind } from "@/lib/ids";
import { ACTS_PATH } from "./acts-paths";
import { performedSentence } from "./performed-sentence";

const kindField = hiddenField(40).refine(isActKind, "Choose what to do.");
const idField = (kind: IdKind) =>
  hiddenField(60).transform((text, context) => {
    const id = fromPublicId(kind, text);
    if (id === null) context.addIssue({ code: "custom", message: "This is no such id." });
    return id ?? "";
  });
/** Each field that any act has: what belongs to the act that was asked for is read there. */
const typedFields = Object.fromEntries(
  ACT_FIELDS.map((name) => [name, z.string().max(2_000).optional()]),
) as Record<FieldName, z.ZodOptional<z.ZodString>>;

/** Does what was previewed: the fields and the basis are those of the preview. */
export const performActAction = operatorAction({
  input: z.object({
    act: kindField,
    account: idField("account").optional(),
    undoes: idField("act").optional(),
    basis: hiddenField(40),
    reason: textField({ max: MAX_REASON, missing: "Say why." }),
    ...typedFields,
  }),
  run: async ({ input, operator, deps }) => {
    const { act, account = null, undoes = null, basis, reason, ...fields } = input;
    if (!isActKind(act)) return invalid({});
    const given = Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const request = { kind: act, accountId: account, fields: given, undoes };
    const asked = { request, operatorId: operator.userId, reason, basis };
    const performed = await performAct({ ...deps, approvals: approvalsOf(env()) }, asked);
    if (!performed.ok) {
      // Shown anew beside the refusal.
      if (performed.error.code === "stale_preview") revalidatePath(ACTS_PATH, "layout");
      return failed(performed.error.code, actRefusalSentence(performed.error, operator.locale));
    }
    return done({ message: performedSentence(performed.value) });
  },
});

/** A second operator agrees, or not; whoever asked withdraws it. */
export const decideWaitingAction = operatorAction({
  input: z.object({ waiting: idField("waitingAct"), agree: z.enum(["yes", "no"]) }),
  run: async ({ input, operator, deps }) => {
    const asked = { waitingId: input.waiting, operatorId: operator.userId };
    if (input.agree === "no") {
      const ended = await endWaiting(deps.db, asked);
      if (!ended.ok) return failed(ended.error.code, actRefusalSentence(ended.error, operator.locale));
      revalidatePath(ACTS_PATH);
      return done({ message: "Nothing was done." });
    }
    const approved = await approveAct({ ...deps, approvals: approvalsOf(env()) }, asked);
    if (!approved.ok) return failed(approved.error.code, actRefusalSentence(approved.error, operator.locale));
    revalidatePath(ACTS_PATH);
    return done({ message: performedSentence(approved.value) });
  },
});
