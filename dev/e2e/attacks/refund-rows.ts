import type { ActionRow } from "./action-rows";
import { confirmedOrder, sceneAt } from "./scene";

const IDS = ["", "x", "__proto__", "' or 1=1 --", "\u0000", "a\u202eb", "../../x", "a".repeat(9_000), null];

/** What is tried on the customer's own refund of an order. */
export const REFUND_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/settings/billing/buy-credit/[orderId]/actions.ts#refundOrderAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer({ cards: ["pm_card_visa"] });
      const path = `${await confirmedOrder(stage, customer)}/refund`;
      return sceneAt(stage, customer, action, { path });
    },
    bad: { orderId: IDS },
    effects: async ({ owner }, { accountId }) => {
      const [found] = await owner<{ n: number }[]>`
        select count(*)::int as n from order_refunds where account_id = ${accountId}`;
      return found?.n ?? 0;
    },
  },
};
