import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { commands, currentGrants, operatorActs } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { openShop } from "../../../dev/testing/shop";
import { newId, toPublicId } from "../../ids";
import { commit } from "../../ledger/commit";
import { getBalance } from "../../ledger/queries";
import { credits } from "../../money/credits";
import { performAct } from "./perform";

const shop = openShop();
const desk = deskAt(shop);
const PURPOSE = { category: "ai_processing", resource: null, reference: null } as const;
const PLAN = 24_000_000n;

const spend = async (accountId: string, amount: bigint) => {
  const command = { kind: "spend", credits: credits(amount), purpose: PURPOSE } as const;
  await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
};
const figures = async (accountId: string) => {
  const { remaining, owed, frozen } = await getBalance(shop.db, accountId);
  return { remaining, owed, frozen };
};
const planGrant = async (accountId: string) => {
  const [row] = await shop.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
  return toPublicId("grant", row?.id ?? "");
};

describe("giving and taking", () => {
  it("a grant is previewed in numbers, given, written down, and taken back", async () => {
    const { accountId } = await shop.makeBuyer();
    const request = desk.ask("grant", accountId, { credits: "5000", kind: "promotional", until: "" });
    const seen = await desk.preview(request);
    expect(seen.lines).toContainEqual({
      name: "Remaining",
      unit: "credits",
      before: String(PLAN),
      after: String(PLAN + 5_000n),
    });
    expect(await figures(accountId)).toEqual({ remaining: PLAN, owed: 0n, frozen: 0n });
    expect(await desk.acts(accountId)).toEqual([]);

    const done = await performAct(desk.deps(), {
      request,
      operatorId: desk.operatorId,
      reason: REASON,
      basis: seen.basis,
    });
    expect(done).toMatchObject({ ok: true, value: { kind: "done", lines: seen.lines } });
    expect((await figures(accountId)).remaining).toBe(PLAN + 5_000n);
    const [row] = await desk.acts(accountId);
    expect(row).toMatchObject({
      operatorId: desk.operatorId,
      kind: "grant",
      reason: REASON,
      approvedBy: null,
    });
    const [command] = await shop.db
      .select()
      .from(commands)
      .where(and(eq(commands.accountId, accountId), eq(commands.key, `act:${row?.id}`)));
    expect(command).toMatchObject({ actorKind: "operator", actorId: desk.operatorId, reason: REASON });

    const back = await desk.takeBack(row?.id ?? "");
    expect(back.after.Remaining).toBe(String(PLAN));
    await expect(desk.takeBack(row?.id ?? "")).rejects.toThrow("already_taken_back");
  });

  it("what was spent of a grant that is taken back is owed", async () => {
    const { accountId } = await shop.makeBuyer({ plan: "free" });
    const start = (await figures(accountId)).remaining;
    const { actId } = await desk.act("grant", accountId, { credits: "100", kind: "adjustment", until: "" });
    await spend(accountId, start + 60n);
    await desk.takeBack(actId);
    expect(await figures(accountId)).toEqual({ remaining: 0n, owed: 60n, frozen: 0n });
    const wroteOff = await desk.act("write_off", accountId, { credits: "" });
    expect(await figures(accountId)).toEqual({ remaining: 0n, owed: 0n, frozen: 0n });
    await desk.takeBack(wroteOff.actId);
    expect((await figures(accountId)).owed).toBe(60n);
  });

  it("what is taken away goes back to the grants it came from", async () => {
    const { accountId } = await shop.makeBuyer();
    await desk.act("grant", accountId, { credits: "100", kind: "adjustment", until: "" });
    const { actId, after } = await desk.act("take", accountId, { credits: String(PLAN + 40n) });
    expect(after.Remaining).toBe("60");
    await desk.takeBack(actId);
    expect((await figures(accountId)).remaining).toBe(PLAN + 100n);
    const tooMuch = await desk.look(desk.ask("take", accountId, { credits: String(PLAN * 2n) }));
    expect(tooMuch).toMatchObject({ ok: false, error: { code: "insufficient_credits" } });
  });

  it("credits of one grant are revoked wherever they are, and put back", async () => {
    const { accountId } = await shop.makeBuyer();
    await spend(accountId, 1_000n);
    const grant = await planGrant(accountId);
    const { actId } = await desk.act("revoke", accountId, { grant, credits: String(PLAN) });
    expect(await figures(accountId)).toEqual({ remaining: 0n, owed: 1_000n, frozen: 0n });
    await desk.takeBack(actId);
    expect(await figures(accountId)).toEqual({ remaining: PLAN - 1_000n, owed: 0n, frozen: 0n });
  });
});

describe("a grant's time", () => {
  it("is made longer, and taken back", async () => {
    const { accountId, periodEnd } = await shop.makeBuyer();
    const { actId: given } = await desk.act("grant", accountId, {
      credits: "100",
      kind: "adjustment",
      until: "",
    });
    const [row] = await shop.db.select().from(operatorActs).where(eq(operatorActs.id, given));
    const grant = row?.request.grant ?? "";
    const until = new Date(periodEnd.getTime() + 86_400_000).toISOString().slice(0, 10);
    const { actId, after } = await desk.act("extend", accountId, { grant, until });
    expect(new Date(after["This grant ends"] ?? "").getTime()).toBeGreaterThan(periodEnd.getTime());
    const back = await desk.takeBack(actId);
    expect(back.after.Remaining).toBe(String(PLAN + 100n));
    const ends = await shop.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
    expect(ends.filter((each) => each.remainingCredits > 0n).map((each) => each.expiresAt)).toEqual([
      periodEnd,
      periodEnd,
    ]);
  });

  it("stands still while it is frozen, and only an operator's freezing is an operator's to end", async () => {
    const { accountId } = await shop.makeBuyer();
    const grant = await planGrant(accountId);
    const { actId } = await desk.act("freeze", accountId, { grant });
    expect(await figures(accountId)).toEqual({ remaining: 0n, owed: 0n, frozen: PLAN });
    await desk.takeBack(actId);
    expect((await figures(accountId)).remaining).toBe(PLAN);
    const row = await shop.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
    const command = { kind: "freeze", grantId: row[0]?.id ?? "" } as const;
    await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
    const refused = await desk.look(desk.ask("unfreeze", accountId, { grant }));
    expect(refused).toMatchObject({ ok: false, error: { code: "not_frozen_here" } });
  });
});

describe("I7: what is refused changes nothing", () => {
  it("a preview that is stale, and it is shown anew; spends alone make none stale", async () => {
    const { accountId } = await shop.makeBuyer();
    const request = desk.ask("take", accountId, { credits: "10" });
    const { basis } = await desk.preview(request);
    await spend(accountId, 5n);
    const perform = () =>
      performAct(desk.deps(), { request, operatorId: desk.operatorId, reason: REASON, basis });
    expect(await perform()).toMatchObject({ ok: true });
    // Sent twice, it is done once.
    const again = await perform();
    expect(again).toMatchObject({ ok: false, error: { code: "stale_preview" } });
    const preview = !again.ok && again.error.code === "stale_preview" ? again.error.preview : null;
    expect(preview?.basis).not.toBe(basis);
    expect(preview?.lines).toContainEqual({
      name: "Remaining",
      unit: "credits",
      before: String(PLAN - 15n),
      after: String(PLAN - 25n),
    });
    expect(await desk.acts(accountId)).toHaveLength(1);
    expect((await figures(accountId)).remaining).toBe(PLAN - 15n);
  });

  it("two at once under one preview are one", async () => {
    const { accountId } = await shop.makeBuyer();
    const request = desk.ask("grant", accountId, { credits: "10", kind: "adjustment", until: "" });
    const { basis } = await desk.preview(request);
    const both = await Promise.all(
      [1, 2].map(() =>
        performAct(desk.deps(), { request, operatorId: desk.operatorId, reason: REASON, basis }),
      ),
    );
    expect(both.map((each) => each.ok).sort()).toEqual([false, true]);
    expect((await figures(accountId)).remaining).toBe(PLAN + 10n);
  });

  it.each(["", "  ", "\u202eyes", "two\nlines", "x".repeat(501)])(
    "a reason that says nothing: %j",
    async (reason) => {
      const { accountId } = await shop.makeBuyer();
      const request = desk.ask("take", accountId, { credits: "10" });
      const done = await desk.perform(request, desk.operatorId, reason);
      expect(done).toMatchObject({ ok: false, error: { code: "reason_missing" } });
      expect((await figures(accountId)).remaining).toBe(PLAN);
    },
  );

  it.each(["0", "-1", "1.5", "1e3", "", " 5", "१००", "99999999999999999999", "0x10"])(
    "credits like %j",
    async (bad) => {
      const { accountId } = await shop.makeBuyer();
      const seen = await desk.look(desk.ask("take", accountId, { credits: bad }));
      expect(seen).toMatchObject({ ok: false, error: { code: "bad_field", field: "credits" } });
    },
  );

  it.each(["2026-02-30", "yesterday", "2001-01-01", "2099-01-01"])("an end like %j", async (until) => {
    const { accountId } = await shop.makeBuyer();
    const fields = { credits: "1", kind: "adjustment", until };
    const seen = await desk.look(desk.ask("grant", accountId, fields));
    expect(seen).toMatchObject({ ok: false, error: { code: "bad_field", field: "until" } });
  });

  it("another account's grant, a counter-act of another act, and one that is no counter-act", async () => {
    const [one, other] = [await shop.makeBuyer(), await shop.makeBuyer()];
    const grant = await planGrant(other.accountId);
    for (const kind of ["freeze", "revoke", "extend"] as const) {
      const fields = { grant, credits: "1", until: "2027-06-30" };
      const seen = await desk.look(desk.ask(kind, one.accountId, fields));
      expect(seen).toMatchObject({ ok: false, error: { code: "subject_not_found" } });
    }
    const { actId } = await desk.act("freeze", other.accountId, { grant });
    const wrong = { ...desk.ask("unfreeze", one.accountId, { grant }), undoes: actId };
    expect(await desk.look(wrong)).toMatchObject({ error: { code: "no_counter_act" } });
    const made = desk.ask("restore", one.accountId, { grant: `${grant}:0:5:0` });
    expect(await desk.look(made)).toMatchObject({ error: { code: "no_counter_act" } });
    const nobody = desk.ask("take", newId(), { credits: "1" });
    await expect(desk.look(nobody)).resolves.toMatchObject({
      error: { code: "account_not_found" },
    });
    const ofNone = desk.ask("take", null, { credits: "1" });
    expect(await desk.look(ofNone)).toMatchObject({ error: { code: "account_missing" } });
    const noDebt = desk.ask("write_off", one.accountId, { credits: "" });
    expect(await desk.look(noDebt)).toMatchObject({ error: { code: "nothing_owed" } });
  });
});
