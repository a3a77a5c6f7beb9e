import { recordSecurityEvent, type SecurityEvent } from "../../auth/security-events";
import { toPublicId } from "../../ids";
import type { ActDeps, Aftermath, Scene } from "./act";

/** After an act's commit: keeps what happened at the doors as it is kept where a person does it, and which operator did it. */
export const tellSecurity =
  (
    { operatorId, account }: Scene,
    { kind, userId = null, details }: Pick<SecurityEvent, "kind" | "userId" | "details">,
  ) =>
  async ({ db, log }: ActDeps): Promise<Aftermath> => {
    const by = { by: "operator", who: toPublicId("user", operatorId) };
    const event = { kind, userId, accountId: account?.id ?? null, details: { ...details, ...by } };
    await recordSecurityEvent({ db, log }, event);
    return { kind: "done" };
  };
