import type { actorKind } from "../../db/schema";

export type ActorKind = (typeof actorKind.enumValues)[number];

/** Who caused a command, and why. The reason is for operators: a line of plain English. */
export type Cause = { readonly reason: string } & (
  | { readonly actor: "system" }
  /** `actorId`: the person's or the API key's id. */
  | { readonly actor: Exclude<ActorKind, "system">; readonly actorId: string }
);

/** What this application does by itself: a job, an event of the payment provider's, the end of a cycle. */
export const bySystem = (reason: string): Cause => ({ actor: "system", reason });
export const byCustomer = (actorId: string, reason: string): Cause => ({
  actor: "customer",
  actorId,
  reason,
});
export const byOperator = (actorId: string, reason: string): Cause => ({
  actor: "operator",
  actorId,
  reason,
});
