import { applyFacts } from "../../billing/allowances/apply/apply-facts";
import { sourceOnceMore } from "../../billing/allowances/apply/extend-add-ons";
import { countTakenOfAllowance, isUnpaid, wasGivenAgain } from "../../billing/allowances/returns/count-taken";
import { applyReturnsOfGrant, countTakenOfOrder } from "../../billing/orders/returns/count-taken";
import { sizeOf, type TakenOf } from "../../billing/returns/count-taken";
import { fromPublicId, toPublicId } from "../../ids";
import { byOperator } from "../../ledger/cause";
import { type Credits, credits, NO_CREDITS, sumCredits } from "../../money/credits";
import { err, invariant, ok, type Result } from "../../result";
import { type AccountScene, type ActRefusal, accountAct, type Counter, type Fields } from "./act";
import { basisOfBooks, findGrant, grantName, measureBooks, measureGrant, runCommand } from "./books";
import { give } from "./give";
import { readCredits, readId } from "./read-fields";

/**
 * Takes spendable credits away, in the order in which they would be spent, all or nothing. Makes no debt. They stay taken: a month that is
 * closed out and paid after all is given again without them, and of what is paid back later they count as taken back already.
 */
export const take = accountAct({
  fields: ["credits"],
  prepare: async (scene) => {
    const wanted = readCredits(scene.fields);
    if (!wanted.ok) return wanted;
    return ok({
      subject: null,
      basis: await basisOfBooks(scene),
      weighs: { credits: wanted.value },
      measure: () => measureBooks(scene),
      run: async () => {
        const done = await runCommand(scene, { kind: "adjust", credits: wanted.value });
        if (!done.ok) return done;
        invariant(done.value.kind === "adjusted", "an adjustment is answered as one");
        const parts = done.value.from.map(({ grantId, credits: unused }) =>
          textOf({ grantId, used: NO_CREDITS, unused, expired: NO_CREDITS }),
        );
        return ok({ parts: parts.join(",") });
      },
    });
  },
  counter: ({ parts }) => putBack(parts),
});

/** Revokes credits of one grant, wherever they are by now: what was spent of them is owed. */
export const revoke = accountAct({
  fields: ["grant", "credits"],
  prepare: async (scene) => {
    const grantId = readId(scene.fields, "grant", "grant");
    if (!grantId.ok) return grantId;
    const wanted = readCredits(scene.fields);
    if (!wanted.ok) return wanted;
    const row = await findGrant(scene.tx, scene.account.id, grantId.value);
    if (!row) return err({ code: "subject_not_found" });
    return ok({
      subject: grantName(grantId.value),
      basis: [
        ...(await basisOfBooks(scene)),
        row.expiresAt.toISOString(),
        String(row.frozenAt?.toISOString()),
      ],
      weighs: { credits: wanted.value },
      measure: () => measureGrant(scene, grantId.value),
      run: async () => {
        const command = { kind: "revoke", grantId: grantId.value, credits: wanted.value } as const;
        const done = await runCommand(scene, command);
        if (!done.ok) return done;
        invariant(done.value.kind === "revoked", "a revocation is answered as one");
        const { debt: used, expired } = done.value;
        const unused = credits(wanted.value - used - expired);
        return ok({ parts: textOf({ grantId: grantId.value, used, unused, expired }) });
      },
    });
  },
  counter: ({ parts }) => putBack(parts),
});

/**
 * Puts back where it was what an act took. What has no place there any more comes in a grant of its own; what was paid back
 * since, or never paid for, does not come back.
 */
export const restore = accountAct({
  fields: ["grant"],
  onlyAsCounter: true,
  prepare: async (scene) => {
    const parts = (scene.fields.grant ?? "").split(",").map(partOf);
    const known = parts.flatMap((each) => each ?? []);
    if (known.length === 0 || known.length < parts.length) return err({ code: "bad_field", field: "grant" });
    return ok({
      subject: known.length === 1 && known[0] ? grantName(known[0].grantId) : null,
      basis: await basisOfBooks(scene),
      weighs: { credits: sumCredits(known.flatMap(({ used, unused, expired }) => [used, unused, expired])) },
      measure: () => measureBooks(scene),
      run: async () => {
        const given: Fields[] = [];
        let isAny = false;
        for (const [index, part] of known.entries()) {
          const stillPaid = await stillPaidFor(scene, part);
          if (sizeOf(stillPaid) === 0n) continue;
          const again = await putWhereItWas(scene, stillPaid, `:${index}`);
          if (!again.ok) return again;
          isAny = true;
          if (again.value === 0n) continue;
          const { grantId } = part;
          const anew = await giveOnceMore(scene, { grantId, again: again.value }, `:${index}:again`);
          if (!anew.ok) return anew;
          given.push(anew.value);
        }
        return isAny ? ok(given.at(-1) ?? {}) : err({ code: "paid_back" });
      },
    });
  },
  counter: null,
});

/** Returns what has no place there any more: to be given in a grant of its own. */
async function putWhereItWas(
  scene: AccountScene,
  { grantId, ...taken }: Part,
  part: string,
): Promise<Result<Credits, ActRefusal>> {
  if (await wasGivenAgain(scene.tx, scene.account.id, grantId))
    return ok(sumCredits([taken.used, taken.unused]));
  const done = await runCommand(scene, { kind: "restore", grantId, ...taken }, part);
  if (!done.ok) return done;
  invariant(done.value.kind === "restored", "a restoration is answered as one");
  return ok(done.value.again);
}

type Again = { readonly grantId: string; readonly again: Credits };

/**
 * In the running cycle, under the source by which a refund or a dispute finds it, of its order or its plan: frozen at once where a bank
 * decides about that.
 */
async function giveOnceMore(
  scene: AccountScene,
  { grantId, again }: Again,
  part: string,
): Promise<Result<Fields, ActRefusal>> {
  const { tx, account, now, operatorId, reason } = scene;
  if (await isUnpaid(tx, account.id, grantId)) return err({ code: "not_paid" });
  const source = await sourceOnceMore(tx, account.id, grantId);
  const anew = { kind: "adjustment", credits: again, expiresAt: account.periodEnd, source } as const;
  const given = await give(scene, anew, part);
  if (!given.ok) return given;
  const applying = { account, now, cause: byOperator(operatorId, reason) };
  if (!(await applyReturnsOfGrant(tx, applying, grantId))) await applyFacts(tx, applying);
  return given;
}

type Part = TakenOf;

async function stillPaidFor({ tx, account, now }: AccountScene, part: Part): Promise<Part> {
  const ofOrder = await countTakenOfOrder(tx, account.id, part, now);
  return ofOrder ?? countTakenOfAllowance(tx, { account, now }, part);
}

const textOf = ({ grantId, used, unused, expired }: Part): string =>
  [toPublicId("grant", grantId), used, unused, expired].join(":");

function partOf(text: string): Part | null {
  const [, id, used, unused, expired] =
    /^(grt_[0-9a-f]{32}):(\d{1,19}):(\d{1,19}):(\d{1,19})$/.exec(text) ?? [];
  const grantId = fromPublicId("grant", id);
  if (!grantId || !used || !unused || !expired) return null;
  const [a, b, c] = [used, unused, expired].map((each) => credits(BigInt(each)));
  return { grantId, used: a as Credits, unused: b as Credits, expired: c as Credits };
}

const putBack = (parts: string | undefined): Counter | null =>
  parts ? { kind: "restore", fields: { grant: parts } } : null;
