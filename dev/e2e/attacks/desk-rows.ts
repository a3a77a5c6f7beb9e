import { PASSWORD } from "../customers";
import { operatorCookie } from "../operators";
import type { ActionRow } from "./action-rows";
import { captureActionForm } from "./scene";

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
    memberMayBecause: "who runs the product is no matter of an account's roles",
    repeatableBecause: "it says again that it is them",
  },
};
