import { users } from "../../../db/schema";
import type { ActDeps } from "../../../lib/desk/acts/act";
import { performAct } from "../../../lib/desk/acts/perform";
import { previewAct } from "../../../lib/desk/acts/run-act";
import { newId, toPublicId } from "../../../lib/ids";
import { credits } from "../../../lib/money/credits";
import { type Customer, PASSWORD } from "../customers";
import { operatorCookie } from "../operators";
import type { World } from "../test";
import { storeAttention, storeEvent } from "../waiting";
import type { ActionRow } from "./action-rows";
import { captureActionForm } from "./scene";

const IDS = ["", "x", "__proto__", "' or 1=1 --", "\u0000", "a\u202eb", "../../x", "a".repeat(9_000), null];
const REASONS = ["", " ", "\u0000", "a\u202eb", "two\nlines", "x".repeat(501), null];
const OF_AN_OPERATOR = "who runs the product is no matter of an account's roles";

/** What is tried on the desk's actions: with `ofDesk`, also by an operator who did not prove again who they are. */
export const DESK_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/admin/acts/actions.ts#performActAction": {
    ofDesk: true,
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const cookie = await operatorCookie(stage.world, await stage.customer());
      const account = toPublicId("account", customer.accountId);
      const path = `/admin/acts/take?account=${account}&credits=5&preview=yes`;
      const form = await captureActionForm(stage.world.facts, action, { path, cookie });
      return { customer, cookie, form, filled: { reason: "Asked for on the phone" } };
    },
    bad: {
      reason: REASONS,
      basis: IDS,
      act: [...IDS, "grant"],
      account: IDS,
      undoes: IDS.filter((each) => each !== null),
      credits: ["", "0", "-1", "6", "1e3", null],
    },
    memberMayBecause: OF_AN_OPERATOR,
    effects: countActs,
  },
  "app/admin/acts/actions.ts#decideWaitingAction": {
    ofDesk: true,
    arrange: async (stage, action) => {
      const { world } = stage;
      const customer = await stage.customer();
      const cookie = await operatorCookie(world, await stage.customer());
      const waiting = await askForSecond(world, customer);
      const form = await captureActionForm(world.facts, action, {
        path: "/admin/acts",
        cookie,
        containing: waiting,
      });
      return { customer, cookie, form, filled: {} };
    },
    bad: { waiting: [...IDS, toPublicId("waitingAct", newId())], agree: ["", "maybe", "Yes", null] },
    memberMayBecause: OF_AN_OPERATOR,
    effects: countActs,
  },
  "app/admin/step-up/actions.ts#stepUpAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const cookie = await operatorCookie(stage.world, customer, { steppedUp: false });
      const form = await captureActionForm(stage.world.facts, action, { path: "/admin/step-up", cookie });
      return { customer, cookie, form, filled: { password: PASSWORD } };
    },
    bad: { password: ["", "wrong", "\u0000", "x".repeat(9_000), null] },
    memberMayBecause: OF_AN_OPERATOR,
    repeatableBecause: "it says again that it is them",
  },
  "app/admin/attention/actions.ts#acknowledgeAction": {
    ofDesk: true,
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const cookie = await operatorCookie(stage.world, await stage.customer());
      const path = `/admin/attention/${await storeAttention(stage.world, customer.accountId)}`;
      const form = await captureActionForm(stage.world.facts, action, { path, cookie });
      return { customer, cookie, form, filled: { reason: "they know" } };
    },
    bad: { item: IDS, reason: REASONS },
    memberMayBecause: OF_AN_OPERATOR,
    repeatableBecause: "acknowledged again, its note is written again",
  },
  "app/admin/events/actions.ts#replayAction": {
    ofDesk: true,
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const cookie = await operatorCookie(stage.world, await stage.customer());
      const path = `/admin/events/${await storeEvent(stage.world, { handled: true })}`;
      const form = await captureActionForm(stage.world.facts, action, { path, cookie });
      return { customer, cookie, form, filled: { reason: "once more" } };
    },
    bad: { event: IDS, reason: REASONS },
    memberMayBecause: OF_AN_OPERATOR,
    repeatableBecause: "an event that is handled again changes nothing that is right",
  },
};

/** Another operator asked for something about the customer's account, and a second has to agree. */
async function askForSecond({ db }: World, { accountId }: Customer): Promise<string> {
  const approvals = { credits: credits(1n), cents: null };
  // It asks nobody but the database.
  const deps = { db, openRunningCycle: async () => {}, approvals } as unknown as ActDeps;
  const request = { kind: "take", accountId, fields: { credits: "5" } } as const;
  const operatorId = newId();
  const seen = await previewAct(deps, request, operatorId);
  if (!seen.ok) throw new Error(seen.error.code);
  const { basis } = seen.value;
  await db
    .insert(users)
    .values({ id: operatorId, email: `${operatorId}@example.com`, name: "Oona", isOperator: true });
  const asked = await performAct(deps, {
    request,
    operatorId,
    reason: "Asked for on the phone",
    basis,
  });
  if (!asked.ok || asked.value.kind !== "waiting") throw new Error("it does not wait");
  return toPublicId("waitingAct", asked.value.waitingId);
}

async function countActs({ owner }: World, { accountId }: Customer): Promise<number> {
  const [row] = await owner`select count(*)::int as count from operator_acts where account_id = ${accountId}`;
  return Number(row?.count);
}
