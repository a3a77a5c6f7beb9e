import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { commands, currentGrants } from "../../../db/schema";
import { toPublicId } from "../../ids";
import { byOperator } from "../../ledger/cause";
import { commit } from "../../ledger/commit";
import type { InternalAnswer, InternalCommand } from "../../ledger/decide";
import { getBalance } from "../../ledger/queries";
import { err, invariant, ok, type Result } from "../../result";
import type { AccountScene, ActRefusal, Measured } from "./act";

export type GrantRow = typeof currentGrants.$inferSelect;

/** Runs one command of the ledger for the operator. `part` tells the commands of one act apart. */
export async function runCommand(
  { tx, account, actId, operatorId, reason }: AccountScene,
  command: InternalCommand,
  part = "",
): Promise<Result<InternalAnswer, ActRefusal>> {
  const keyed = { key: `act:${actId}${part}`, command, cause: byOperator(operatorId, reason) };
  const [outcome] = await commit(tx, account.id, [keyed]);
  invariant(outcome, "an account that is locked has books");
  if (outcome.kind !== "refused") return ok(outcome.answer as InternalAnswer);
  const { refusal } = outcome;
  switch (refusal.code) {
    case "insufficient_credits":
    case "nothing_to_do":
    case "grant_expired":
    case "more_than_granted":
    case "more_than_revoked":
    case "amount_too_large":
      return err(refusal);
    case "grant_not_found":
      return err({ code: "subject_not_found" });
    default:
      throw new Error(`an act's command was refused: ${refusal.code}`);
  }
}

/** What an account's credits depend on beside its spending: what else was asked of the ledger, its plan and its cycle. */
export async function basisOfBooks({ tx, account }: AccountScene): Promise<readonly string[]> {
  const [row] = await tx
    .select({ count: sql<string>`count(*)`, last: sql<string | null>`max(${commands.committedAt})` })
    .from(commands)
    .where(and(eq(commands.accountId, account.id), sql`${commands.kind} <> 'expire'`));
  return [String(row?.count), String(row?.last), account.plan, account.periodEnd.toISOString()];
}

/** The account's figures. */
export async function measureBooks({ tx, account }: AccountScene): Promise<readonly Measured[]> {
  const balance = await getBalance(tx, account.id);
  return [
    { name: "Remaining", unit: "credits", value: String(balance.remaining) },
    { name: "Held", unit: "credits", value: String(balance.held) },
    { name: "Frozen", unit: "credits", value: String(balance.frozen) },
    { name: "Owed", unit: "credits", value: String(balance.owed) },
  ];
}

/** A grant of this account; null where it has none of this id. */
export async function findGrant(tx: Tx, accountId: string, grantId: string): Promise<GrantRow | null> {
  const [row] = await tx
    .select()
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.id, grantId)));
  return row ?? null;
}

/** The account's figures and those of one of its grants. */
export async function measureGrant(scene: AccountScene, grantId: string): Promise<readonly Measured[]> {
  const [books, grant] = await Promise.all([
    measureBooks(scene),
    findGrant(scene.tx, scene.account.id, grantId),
  ]);
  if (!grant) return books;
  return [
    ...books,
    { name: "Left of this grant", unit: "credits", value: String(grant.remainingCredits) },
    { name: "Revoked of this grant", unit: "credits", value: String(grant.revokedCredits) },
    { name: "This grant ends", unit: "instant", value: grant.expiresAt.toISOString() },
    { name: "This grant is", unit: "text", value: grant.frozenAt ? "frozen" : "not frozen" },
  ];
}

export const grantName = (id: string): string => toPublicId("grant", id);
