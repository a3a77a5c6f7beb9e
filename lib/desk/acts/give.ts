import { newId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { type Credits, minCredits } from "../../money/credits";
import { err, ok, type Result } from "../../result";
import { type AccountScene, type ActRefusal, accountAct, type Fields } from "./act";
import { basisOfBooks, grantName, measureBooks, runCommand } from "./books";
import { readCredits, readOneOf, readUntil } from "./read-fields";

const GIVEN_KINDS = ["promotional", "adjustment"] as const;

/** Gives credits: until a day, or to the end of the running cycle. What the account owes is paid out of them first. */
export const grant = accountAct({
  fields: ["credits", "kind", "until"],
  prepare: async (scene) => {
    const credits = readCredits(scene.fields);
    if (!credits.ok) return credits;
    const kind = readOneOf(scene.fields, "kind", GIVEN_KINDS);
    if (!kind.ok) return kind;
    const until = readUntil(scene.fields, scene.now);
    if (!until.ok) return until;
    const expiresAt = until.value ?? scene.account.periodEnd;
    if (expiresAt <= scene.now) return err({ code: "bad_field", field: "until" });
    const { owed } = await getBalance(scene.tx, scene.account.id);
    return ok({
      subject: null,
      basis: [...(await basisOfBooks(scene)), String(owed), expiresAt.toISOString()],
      weighs: { credits: credits.value },
      measure: () => measureBooks(scene),
      run: () => give(scene, { kind: kind.value, credits: credits.value, expiresAt }),
    });
  },
  counter: takesBack,
});

/** Ends a debt, or part of it: credits are given that pay it at once. */
export const writeOff = accountAct({
  fields: ["credits"],
  prepare: async (scene) => {
    const { owed } = await getBalance(scene.tx, scene.account.id);
    if (owed === 0n) return err({ code: "nothing_owed" });
    const asked = scene.fields.credits === "" ? ok(owed) : readCredits(scene.fields);
    if (!asked.ok) return asked;
    const credits = minCredits(asked.value, owed);
    const expiresAt = scene.account.periodEnd;
    if (expiresAt <= scene.now) return err({ code: "grant_expired" });
    return ok({
      subject: null,
      basis: [...(await basisOfBooks(scene)), String(owed)],
      weighs: { credits },
      measure: () => measureBooks(scene),
      run: () => give(scene, { kind: "adjustment", credits, expiresAt }),
    });
  },
  counter: takesBack,
});

export type Given = {
  readonly kind: (typeof GIVEN_KINDS)[number];
  readonly credits: Credits;
  readonly expiresAt: Date;
  /** What it is given for; left out, the act itself. */
  readonly source?: string;
};

/** A step: a grant of the act's. Returns its id, and what was given. */
export async function give(
  scene: AccountScene,
  { kind, credits, expiresAt, source = `act:${scene.actId}` }: Given,
  part = "",
): Promise<Result<Fields, ActRefusal>> {
  const id = newId();
  const given = { id, kind, source, credits, startsAt: scene.begunAt, expiresAt } as const;
  const done = await runCommand(scene, { kind: "grant", grant: given }, part);
  return done.ok ? ok({ grant: grantName(id), given: String(credits) }) : done;
}

/** Of what was given nothing stays: what was spent of it, or paid a debt, is owed. */
function takesBack({ grant: id, given }: Fields) {
  return id && given ? ({ kind: "revoke", fields: { grant: id, credits: given } } as const) : null;
}
