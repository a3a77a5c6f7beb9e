import { and, desc, eq, sql } from "drizzle-orm";
import { commands } from "../../../db/schema";
import { err, ok } from "../../result";
import { type AccountScene, accountAct } from "./act";
import { findGrant, grantName, measureGrant, runCommand } from "./books";
import { readId } from "./read-fields";

/** Keeps a grant from being spent from. */
export const freeze = accountAct({
  fields: ["grant"],
  prepare: (scene) => prepareFreezing(scene, "freeze"),
  counter: ({ grant }) => (grant ? { kind: "unfreeze", fields: { grant } } : null),
});

/** Ends what `freeze` did. What is frozen because its payment is missing or in dispute, its payment unfreezes. */
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
  if (kind === "unfreeze" && row.frozenAt && !(await isFrozenHere(scene, grantId)))
    return err({ code: "not_frozen_here" });
  return ok({
    subject: grantName(grantId),
    basis: [String(row.frozenAt?.toISOString())],
    weighs: { credits: row.remainingCredits },
    measure: () => measureGrant(scene, grantId),
    run: async () => {
      const done = await runCommand(scene, { kind, grantId });
      return done.ok ? ok({}) : done;
    },
  });
}

/** Whether an operator froze it last. */
async function isFrozenHere({ tx, account }: AccountScene, grantId: string): Promise<boolean> {
  const [last] = await tx
    .select({ actor: commands.actorKind })
    .from(commands)
    .where(
      and(
        eq(commands.accountId, account.id),
        eq(commands.kind, "freeze"),
        sql`${commands.answer} ->> 'grantId' = ${grantId}`,
      ),
    )
    .orderBy(desc(commands.committedAt))
    .limit(1);
  return last?.actor === "operator";
}
