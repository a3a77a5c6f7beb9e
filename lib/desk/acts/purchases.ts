import { eq, sql } from "drizzle-orm";
import { purchasesSwitch } from "../../../db/schema";
import { findPurchasesPause } from "../../billing/purchases-switch";
import { err, ok } from "../../result";
import type { Act, Counter, Measured, Scene } from "./act";
import { readLine } from "./read-fields";

/** From now on nothing can be bought; customers are told why. What was begun goes on, and so does all that Stripe tells. */
export const pausePurchases: Act = {
  of: "nobody",
  fields: ["sentence"],
  prepare: async (scene) => {
    const sentence = readLine(scene.fields, "sentence", 200);
    if (!sentence.ok) return sentence;
    const paused = await findPurchasesPause(scene.tx);
    if (paused?.sentence === sentence.value) return err({ code: "already_so" });
    return ok({
      subject: null,
      basis: [String(paused?.sentence)],
      measure: () => measureSwitch(scene),
      run: async () => {
        await set(scene, sentence.value);
        return ok({ was: paused?.sentence ?? "" });
      },
    });
  },
  counter: ({ was }): Counter =>
    was ? { kind: "pause_purchases", fields: { sentence: was } } : { kind: "resume_purchases", fields: {} },
};

export const resumePurchases: Act = {
  of: "nobody",
  fields: [],
  prepare: async (scene) => {
    const paused = await findPurchasesPause(scene.tx);
    if (!paused) return err({ code: "already_so" });
    return ok({
      subject: null,
      basis: [paused.sentence],
      measure: () => measureSwitch(scene),
      run: async () => {
        await set(scene, null);
        return ok({ was: paused.sentence });
      },
    });
  },
  counter: ({ was }) => (was ? { kind: "pause_purchases", fields: { sentence: was } } : null),
};

async function set({ tx }: Scene, sentence: string | null): Promise<void> {
  const pausedAt = sentence === null ? null : sql`coalesce(${purchasesSwitch.pausedAt}, now())`;
  await tx.update(purchasesSwitch).set({ sentence, pausedAt }).where(eq(purchasesSwitch.one, true));
}

async function measureSwitch({ tx }: Scene): Promise<readonly Measured[]> {
  const paused = await findPurchasesPause(tx);
  return [
    { name: "Purchases", unit: "text", value: paused ? "paused" : "open" },
    { name: "Customers are told", unit: "text", value: paused?.sentence ?? "" },
  ];
}
