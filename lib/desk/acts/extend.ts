import { setOrderExpiry, sourceOnceMore } from "../../billing/allowances/apply/extend-add-ons";
import { isUnpaid } from "../../billing/allowances/returns/count-taken";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import { type AccountScene, type ActRefusal, accountAct, type Fields } from "./act";
import { basisOfBooks, findGrant, type GrantRow, grantName, measureGrant, runCommand } from "./books";
import { readId, readUntil } from "./read-fields";

/** Lets a grant that is not over live longer. */
export const extend = accountAct({
  fields: ["grant", "until"],
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const row = found.value;
    const until = readUntil(scene.fields, scene.now);
    if (!until.ok) return until;
    const expiresAt = until.value;
    if (!expiresAt) return err({ code: "bad_field", field: "until" });
    return ok({
      subject: grantName(row.id),
      basis: [row.expiresAt.toISOString(), String(row.frozenAt?.toISOString())],
      weighs: { credits: row.remainingCredits },
      measure: () => measureGrant(scene, row.id),
      run: async () => {
        const done = await runCommand(scene, { kind: "extend", grantId: row.id, expiresAt });
        if (!done.ok) return done;
        await setOrderExpiry(scene.tx, scene.account.id, row.id, expiresAt);
        return ok({ was: row.expiresAt.toISOString() });
      },
    });
  },
  counter: ({ grant, was }) =>
    grant && was ? { kind: "take_back_extension", fields: { grant, until: was } } : null,
});

/**
 * As nothing shortens a grant, what is left of it moves into one with the end there was before; where that is over, it has expired
 * there, and is the first to go where its money goes back. What is held of it stays with its work.
 */
export const takeBackExtension = accountAct({
  fields: ["grant", "until"],
  onlyAsCounter: true,
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const row = found.value;
    const until = new Date(scene.fields.until ?? "");
    if (Number.isNaN(until.getTime())) return err({ code: "bad_field", field: "until" });
    if (row.frozenAt) return err({ code: "already_so" });
    // Out of it, credits of a plan that is not paid would be neither frozen nor revoked with the rest.
    if (await isUnpaid(scene.tx, scene.account.id, row.id)) return err({ code: "not_paid" });
    if (row.remainingCredits === 0n) return err({ code: "nothing_to_do" });
    return ok({
      subject: grantName(row.id),
      basis: [...(await basisOfBooks(scene)), row.expiresAt.toISOString()],
      weighs: { credits: row.remainingCredits },
      measure: () => measureGrant(scene, row.id),
      run: async () => {
        await setOrderExpiry(scene.tx, scene.account.id, row.id, until);
        return moveTo(scene, row, until);
      },
    });
  },
  counter: null,
});

/** Under the source by which a refund finds it, of its order or its plan. */
async function moveTo(scene: AccountScene, row: GrantRow, until: Date): Promise<Result<Fields, ActRefusal>> {
  const { id: grantId, remainingCredits: credits } = row;
  const revoked = await runCommand(scene, { kind: "revoke", grantId, credits }, ":from");
  if (!revoked.ok) return revoked;
  const id = newId();
  const source = await sourceOnceMore(scene.tx, scene.account.id, grantId);
  const startsAt = until > scene.begunAt ? scene.begunAt : new Date(until.getTime() - 1);
  const life = { startsAt, expiresAt: until };
  const grant = { id, kind: "adjustment", source, credits, ...life } as const;
  const given = await runCommand(scene, { kind: "grant", grant });
  return given.ok ? ok({ moved: grantName(id) }) : given;
}

async function findNamed(scene: AccountScene): Promise<Result<GrantRow, ActRefusal>> {
  const id = readId(scene.fields, "grant", "grant");
  if (!id.ok) return id;
  const row = await findGrant(scene.tx, scene.account.id, id.value);
  return row ? ok(row) : err({ code: "subject_not_found" });
}
