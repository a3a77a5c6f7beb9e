import { PASSWORD } from "../customers";
import { operatorCookie } from "../operators";
import { storeAttention, storeEvent } from "../waiting";
import type { ActionRow } from "./action-rows";
import { captureActionForm } from "./scene";

const IDS = ["", "x", "__proto__", "' or 1=1 --", "\u0000", "a\u202eb", "../../x", "a".repeat(9_000), null];
const REASONS = ["", " ", "\u0000", "a\u202eb", "two\nlines", "x".repeat(501), null];
const OF_AN_OPERATOR = "who runs the product is no matter of an account's roles";

/** What is tried on the desk's actions: with `ofDesk`, also by an operator who did not prove again who they are. */
export const DESK_ROWS: Readonly<Record<string, ActionRow>> = {
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
