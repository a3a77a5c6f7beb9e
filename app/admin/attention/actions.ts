"use server";

import { z } from "zod";
import { done, failed, hiddenField, operatorAction, textField } from "@/lib/action";
import { acknowledgeItem } from "@/lib/desk/queues/acknowledge";
import { fromPublicId } from "@/lib/ids";

const GONE = "There is no such item, or it is right again meanwhile. Nothing was changed.";

/** An operator knows of an attention item, and writes what they know. */
export const acknowledgeAction = operatorAction({
  input: z.object({
    item: hiddenField(),
    reason: textField({ max: 500, missing: "Write what you know about it: it is kept as its note." }),
  }),
  echo: ["reason"],
  run: async ({ input: { item, reason }, operator, deps }) => {
    const itemId = fromPublicId("attention", item);
    if (!itemId) return failed("item_not_found", GONE);
    const result = await acknowledgeItem(deps.db, itemId, { operatorId: operator.userId, reason });
    return result.ok
      ? done({ message: "Acknowledged. It comes back only when it becomes another matter." })
      : failed(result.error.code, GONE);
  },
});
