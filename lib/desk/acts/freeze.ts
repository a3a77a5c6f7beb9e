import { findFreezeCauses, isFrozenBesides } from "../../billing/returns/freezes";
import { err, ok } from "../../result";
import { type AccountScene, accountAct } from "./act";
import { findGrant, grantName, measureGrant, runCommand } from "./books";
import { readId } from "./read-fields";

/** Keeps a grant from being spent from, until an operator unfreezes it: no payment does. */
export const freeze = accountAct({
  fields: ["grant"],
  prepare: (scene) => prepareFreezing(scene, "freeze"),
  counter: ({ grant }) => (grant ? { kind: "unfreeze", fields: { grant } } : null),
});

/** Ends what `freeze` did. While its payment is missing or in dispute it cannot: its payment unfreezes it then. */
export const unfreeze = accountAct({
  fields: ["grant"],
  prepare: (scene) => prepareFreezing(scene, "unfreeze"),
  counter: ({ grant }) => (grant ? { kind: "freeze", fields: { grant } } : null),
});

async function prepareFreezing(scene: AccountScene, kind: "freeze" | "unfreeze") {
  const id = readId(scene.fields, "grant", "grant");
  if (!id.ok) return id;
  const grantId = id.value;
  const row = await findGrant(scene.tx, scene.account.id, grantId);
  if (!row) return err({ code: "subject_not_found" });
  const causes = await findFreezeCauses(scene.tx, scene.account.id);
  const isOurs = causes.get(grantId)?.has("operator") === true;
  const isBesides = isFrozenBesides(causes, grantId, "operator");
  if (kind === "freeze" ? isOurs : !row.frozenAt) return err({ code: "nothing_to_do" });
  if (kind === "unfreeze" && (isBesides || !isOurs)) return err({ code: "not_frozen_here" });
  return ok({
    subject: grantName(grantId),
    basis: [String(row.frozenAt?.toISOString()), String(isOurs), String(isBesides)],
    weighs: { credits: row.remainingCredits },
    measure: () => measureGrant(scene, grantId),
    run: async () => {
      // Frozen for something else by now, it stays so when that is over.
      if (kind === "freeze" && row.frozenAt) return ok({});
      const done = await runCommand(scene, { kind, grantId });
      return done.ok ? ok({}) : done;
    },
  });
}
