import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { accounts, users } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { openShop } from "../../../dev/testing/shop";
import { planIdOf } from "../../catalog/plans";
import { newId } from "../../ids";
import { commit } from "../../ledger/commit";
import { getBalance } from "../../ledger/queries";
import { credits } from "../../money/credits";
import { approveAct, endWaiting, listWaitingActs } from "./approve";

const shop = openShop();
const desk = deskAt(shop, { credits: credits(1_000n), cents: null });
const PLAN = 24_000_000n;
const remaining = async (accountId: string) => (await getBalance(shop.db, accountId)).remaining;

beforeAll(() => desk.makeOperator(desk.operatorId));

async function ask(amount = "1000") {
  const { accountId } = await shop.makeBuyer();
  const request = desk.ask("grant", accountId, { credits: amount, kind: "adjustment", until: "" });
  const asked = await desk.perform(request);
  if (!asked.ok || asked.value.kind !== "waiting") throw new Error("it does not wait");
  return { accountId, waitingId: asked.value.waitingId };
}

describe("I27: above the amount of the settings", () => {
  it("nothing happens until a second operator agrees; the first is not the second", async () => {
    const { accountId, waitingId } = await ask();
    expect(await remaining(accountId)).toBe(PLAN);
    const own = await approveAct(desk.deps(), { waitingId, operatorId: desk.operatorId });
    expect(own).toMatchObject({ ok: false, error: { code: "same_operator" } });
    expect(await remaining(accountId)).toBe(PLAN);
    expect((await listWaitingActs(shop.db)).acts.map((each) => each.id)).toContain(waitingId);
    const waits = (await listWaitingActs(shop.db)).acts.find((each) => each.id === waitingId);
    expect(waits).toMatchObject({ accountId, asker: expect.stringContaining("@") });
    // What waits longest comes first, and what is left out is counted.
    const later = await ask();
    const { acts, more } = await listWaitingActs(shop.db, 1);
    expect(acts.map(({ id }) => id)).toEqual([waitingId]);
    expect(more).toBe(1);
    await endWaiting(shop.db, { waitingId: later.waitingId, operatorId: desk.operatorId });

    const second = await desk.makeOperator();
    const both = await Promise.all(
      [1, 2].map(() => approveAct(desk.deps(), { waitingId, operatorId: second })),
    );
    expect(both.map((each) => each.ok).sort()).toEqual([false, true]);
    expect(await remaining(accountId)).toBe(PLAN + 1_000n);
    expect(await desk.acts(accountId)).toMatchObject([
      { operatorId: desk.operatorId, approvedBy: second, reason: REASON },
    ]);
    expect((await listWaitingActs(shop.db)).acts.map((each) => each.id)).not.toContain(waitingId);
  });

  it("is reached by several acts of one operator on one account within 24 hours", async () => {
    const { accountId } = await shop.makeBuyer();
    const give = (to: string, amount: string, by?: string) =>
      desk.perform(desk.ask("grant", to, { credits: amount, kind: "adjustment", until: "" }), by);
    const kindOf = async (performing: ReturnType<typeof give>) => {
      const performed = await performing;
      return performed.ok ? performed.value.kind : performed.error.code;
    };
    expect(await kindOf(give(accountId, "600"))).toBe("done");
    expect(await kindOf(give(accountId, "399"))).toBe("done");
    const seen = await desk.preview(
      desk.ask("grant", accountId, { credits: "1", kind: "adjustment", until: "" }),
    );
    expect(seen.needsApproval).toBe(true);
    expect(await kindOf(give(accountId, "1"))).toBe("waiting");
    // Another account, and another operator, begin anew.
    expect(await kindOf(give((await shop.makeBuyer()).accountId, "999"))).toBe("done");
    expect(await kindOf(give(accountId, "999", await desk.makeOperator()))).toBe("done");
    const [row] = await desk.acts(accountId);
    expect(row?.weighsCredits).toBe(999n);
    await shop.owner`update operator_acts set at = at - interval '24 hours' where account_id = ${accountId}`;
    expect(await kindOf(give(accountId, "999"))).toBe("done");
    // What a second operator agreed to was not kept from anybody.
    await shop.owner`update operator_acts set approved_by = ${newId()} where account_id = ${accountId}`;
    expect(await kindOf(give(accountId, "999"))).toBe("done");
    // At once they are counted one after the other.
    const fresh = (await shop.makeBuyer()).accountId;
    const both = await Promise.all([kindOf(give(fresh, "500")), kindOf(give(fresh, "500"))]);
    // The other one waits, or was looked at before the first was done: then it waits when it is looked at again.
    const [first, other] = both.toSorted();
    expect(first).toBe("done");
    expect(["stale_preview", "waiting"]).toContain(other);
    expect(await remaining(fresh)).toBe(PLAN + 500n);
    expect(await kindOf(give(fresh, "500"))).toBe("waiting");
  });

  it("nobody agrees, or is agreed with, who is no operator any more", async () => {
    for (const gone of ["asked", "agrees"] as const) {
      for (const change of [{ isOperator: false }, { disabledAt: new Date() }]) {
        const { accountId, waitingId } = await ask();
        const second = await desk.makeOperator();
        const whose = eq(users.id, gone === "asked" ? desk.operatorId : second);
        await shop.db.update(users).set(change).where(whose);
        const late = await approveAct(desk.deps(), { waitingId, operatorId: second });
        expect(late).toMatchObject({ ok: false, error: { code: "operator_gone" } });
        expect(await remaining(accountId)).toBe(PLAN);
        await shop.db.update(users).set({ isOperator: true, disabledAt: null }).where(whose);
      }
    }
  });

  it("below it one is enough", async () => {
    const { accountId } = await shop.makeBuyer();
    await desk.act("grant", accountId, { credits: "999", kind: "adjustment", until: "" });
    expect(await remaining(accountId)).toBe(PLAN + 999n);
  });

  it("a plan weighs its own credits where none are said", async () => {
    const { accountId } = await shop.makeBuyer({ plan: "free" });
    const asked = await desk.perform(desk.ask("set_plan", accountId, { plan: "premium", credits: "" }));
    expect(asked).toMatchObject({ ok: true, value: { kind: "waiting" } });
    const [row] = await shop.db.select().from(accounts).where(eq(accounts.id, accountId));
    expect(row).toMatchObject({ plan: planIdOf("free"), internalPlan: planIdOf("free") });
    const few = await desk.act("set_plan", accountId, { plan: "premium", credits: "999" });
    expect(few.after).toMatchObject({ Plan: "premium (active)", "Credits a month": "999" });
  });

  it("what it depended on is asked again", async () => {
    const { accountId, waitingId } = await ask();
    const command = { kind: "adjust", credits: credits(1n) } as const;
    await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
    const late = await approveAct(desk.deps(), { waitingId, operatorId: await desk.makeOperator() });
    expect(late).toMatchObject({ ok: false, error: { code: "stale_preview" } });
    expect(await remaining(accountId)).toBe(PLAN - 1n);
  });

  it("refused, withdrawn, or a day old, it is over", async () => {
    for (const [how, expected] of [
      ["other", "refused"],
      ["own", "withdrawn"],
      ["late", null],
    ] as const) {
      const { accountId, waitingId } = await ask();
      if (expected) {
        const operatorId = how === "own" ? desk.operatorId : newId();
        expect(await endWaiting(shop.db, { waitingId, operatorId })).toMatchObject({
          value: { end: expected },
        });
      } else
        await shop.owner`update waiting_acts set asked_at = asked_at - interval '2 days', expires_at = expires_at - interval '2 days' where id = ${waitingId}`;
      const late = await approveAct(desk.deps(), { waitingId, operatorId: newId() });
      expect(late).toMatchObject({ ok: false, error: { code: "not_waiting" } });
      expect(await remaining(accountId)).toBe(PLAN);
    }
  });
});
