import { and, eq, like } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  accountMails,
  accounts,
  apiKeys,
  memberships,
  securityEvents,
  subscriptions,
  users,
} from "../../../db/schema";
import { transact } from "../../../db/transact";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { openShop } from "../../../dev/testing/shop";
import { createKeyRing } from "../../auth/key-ring";
import { createSession, listSessions } from "../../auth/sessions";
import { planIdOf } from "../../catalog/plans";
import { newId, toPublicId } from "../../ids";
import { credits } from "../../money/credits";
import { mailBuyers } from "../../outbox/enqueue";
import { asJson } from "../commands/said";
import { performAct } from "./perform";

const shop = openShop();
const desk = deskAt(shop);
const CALLER = { address: "192.0.2.1", browser: null, system: null };
const personOf = (userId: string) => toPublicId("user", userId);
const userRow = async (id: string) => (await shop.db.select().from(users).where(eq(users.id, id)))[0];
const addPerson = async (accountId: string | null, role: "owner" | "member" = "member") => {
  const id = newId();
  await shop.db.insert(users).values({ id, email: `${id}@example.com`, name: "Another" });
  if (accountId) await shop.db.insert(memberships).values({ accountId, userId: id, role });
  return id;
};
const refusalOf = async (...asked: Parameters<typeof desk.ask>) => {
  const seen = await desk.look(desk.ask(...asked));
  return seen.ok ? null : seen.error.code;
};

describe("people", () => {
  it("their sessions are ended", async () => {
    const { accountId, userId } = await shop.makeBuyer();
    await createSession(shop.db, { userId, accountId, sessionVersion: 1 }, CALLER);
    expect(await listSessions(shop.db, userId, 60)).toHaveLength(1);
    await desk.act("end_sessions", accountId, { person: personOf(userId) });
    expect(await listSessions(shop.db, userId, 60)).toEqual([]);
  });

  it("what an operator did to how they come in is kept among what happened at the doors", async () => {
    const { accountId } = await shop.makeBuyer();
    const other = await addPerson(accountId);
    await desk.act("end_sessions", accountId, { person: personOf(other) });
    const { actId } = await desk.act("disable_person", accountId, { person: personOf(other) });
    await desk.takeBack(actId);
    await desk.act("set_role", accountId, { person: personOf(other), role: "billing" });
    await desk.act("set_operator", accountId, { person: personOf(other), operator: "yes" });
    const { kind, details } = securityEvents;
    const kept = await shop.db
      .select({ kind, details })
      .from(securityEvents)
      .where(eq(securityEvents.userId, other))
      .orderBy(securityEvents.id);
    const by = { by: "operator", who: personOf(desk.operatorId) };
    expect(kept).toEqual([
      { kind: "session_revoked", details: by },
      { kind: "person_disabled", details: by },
      { kind: "person_enabled", details: by },
      { kind: "role_changed", details: { from: "member", to: "billing", ...by } },
      { kind: "role_changed", details: { operator: true, ...by } },
    ]);
    const key = await desk.act("issue_key", accountId, { name: "Theirs", scopes: "read", until: "" });
    await desk.takeBack(key.actId);
    const ofKeys = await shop.db
      .select({ kind })
      .from(securityEvents)
      .where(and(eq(securityEvents.accountId, accountId), like(kind, "api_key_%")))
      .orderBy(securityEvents.id);
    expect(ofKeys.map((each) => each.kind)).toEqual(["api_key_created", "api_key_revoked"]);
  });

  it("are disabled, and enabled again", async () => {
    const { accountId, userId } = await shop.makeBuyer();
    const { actId } = await desk.act("disable_person", accountId, { person: personOf(userId) });
    expect((await userRow(userId))?.disabledAt).not.toBeNull();
    expect(await refusalOf("disable_person", accountId, { person: personOf(userId) })).toBe("already_so");
    await desk.takeBack(actId);
    expect((await userRow(userId))?.disabledAt).toBeNull();
  });

  it("get another role; somebody goes on owning the account", async () => {
    const { accountId, userId } = await shop.makeBuyer();
    expect(await refusalOf("set_role", accountId, { person: personOf(userId), role: "member" })).toBe(
      "last_owner",
    );
    const other = await addPerson(accountId);
    const { actId, after } = await desk.act("set_role", accountId, {
      person: personOf(other),
      role: "owner",
    });
    expect(after.Role).toBe("owner");
    await desk.takeBack(actId);
    expect(await shop.db.select().from(memberships).where(eq(memberships.userId, other))).toMatchObject([
      { role: "member" },
    ]);
  });

  it("who cannot sign in do not count as owners", async () => {
    const { accountId, userId } = await shop.makeBuyer();
    const other = await addPerson(accountId, "owner");
    const toMember = { person: personOf(userId), role: "member" };
    await shop.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, other));
    expect(await refusalOf("set_role", accountId, toMember)).toBe("last_owner");
    await shop.db.update(users).set({ disabledAt: null }).where(eq(users.id, other));
    expect(await refusalOf("set_role", accountId, toMember)).toBeNull();
  });

  it("are nobody's to disable or unmake as operators who it is themselves", async () => {
    await desk.makeOperator(desk.operatorId);
    const person = personOf(desk.operatorId);
    const other = await desk.makeOperator();
    for (const request of [
      desk.ask("disable_person", null, { person }),
      desk.ask("set_operator", null, { person, operator: "no" }),
    ]) {
      expect(await desk.look(request)).toMatchObject({ ok: false, error: { code: "oneself" } });
      // Nor under the preview that another operator saw.
      const { basis } = await desk.preview(request, other);
      const asked = { request, operatorId: desk.operatorId, reason: REASON, basis };
      expect(await performAct(desk.deps(), asked)).toMatchObject({ error: { code: "oneself" } });
    }
    expect(await userRow(desk.operatorId)).toMatchObject({ isOperator: true, disabledAt: null });
  });

  it("become operators and stop being ones, but not oneself, nor the last", async () => {
    const [one, two] = [await addPerson(null), await addPerson(null)];
    await shop.owner`update users set is_operator = false`;
    await shop.owner`update users set is_operator = true where id = ${one}`;
    expect(await refusalOf("set_operator", null, { person: personOf(one), operator: "no" })).toBe(
      "last_operator",
    );
    expect(await refusalOf("disable_person", null, { person: personOf(one) })).toBe("last_operator");
    const { actId } = await desk.act("set_operator", null, { person: personOf(two), operator: "yes" });
    expect((await userRow(two))?.isOperator).toBe(true);
    await desk.takeBack(actId);
    expect((await userRow(two))?.isOperator).toBe(false);
  });

  it("of another account are not found", async () => {
    const [one, other] = [await shop.makeBuyer(), await shop.makeBuyer()];
    const person = personOf(other.userId);
    for (const kind of ["end_sessions", "disable_person", "set_role"] as const)
      expect(await refusalOf(kind, one.accountId, { person, role: "member" })).toBe("subject_not_found");
  });
});

describe("API keys", () => {
  it("are issued, shown once, and revoked", async () => {
    const { accountId } = await shop.makeBuyer();
    const fields = { name: "Backend", scopes: "read,spend", until: "" };
    const numberOf = async () =>
      Number((await shop.owner`select last_value from api_keys_number_seq`)[0]?.last_value);
    const before = await numberOf();
    const seen = await desk.preview(desk.ask("issue_key", accountId, fields));
    expect(seen.lines).toMatchObject([{ before: "0", after: "1" }]);
    expect(await numberOf()).toBe(before);
    const done = await desk.act("issue_key", accountId, fields);
    const secret = done.aftermath.secret ?? "";
    const ring = createKeyRing(shop.db);
    expect(await ring.check(secret)).toMatchObject({ ok: true, value: { onlyAccountId: accountId } });
    const [act] = await desk.acts(accountId);
    expect(asJson(act)).not.toContain(secret.slice(-20));
    await desk.takeBack(done.actId);
    expect(await createKeyRing(shop.db).check(secret)).toMatchObject({ ok: false });
    expect(await shop.db.$count(apiKeys, eq(apiKeys.onlyAccountId, accountId))).toBe(1);
  });

  it("of another account are not found, and one without a name or scope is not made", async () => {
    const [one, other] = [await shop.makeBuyer(), await shop.makeBuyer()];
    await desk.act("issue_key", other.accountId, { name: "Theirs", scopes: "read", until: "" });
    const [row] = await shop.db.select().from(apiKeys).where(eq(apiKeys.onlyAccountId, other.accountId));
    const key = toPublicId("apiKey", row?.id ?? "");
    expect(await refusalOf("revoke_key", one.accountId, { key })).toBe("subject_not_found");
    for (const bad of [{ name: " " }, { scopes: "" }, { scopes: "read,all" }, { scopes: "read,read" }])
      expect(
        await refusalOf("issue_key", one.accountId, { name: "x", scopes: "read", until: "", ...bad }),
      ).toBe("bad_field");
  });
});

describe("an account", () => {
  it("gets a plan by agreement, and the one before", async () => {
    const { accountId } = await shop.makeBuyer({ plan: "free" });
    const { actId, after } = await desk.act("set_plan", accountId, { plan: "premium", credits: "5000000" });
    expect(after).toMatchObject({ Plan: "premium (active)", "Credits a month": "5000000" });
    const rowOf = async () => (await shop.db.select().from(accounts).where(eq(accounts.id, accountId)))[0];
    expect(await rowOf()).toMatchObject({ plan: "premium", allowanceCredits: 5_000_000n });
    await desk.takeBack(actId);
    expect(await rowOf()).toMatchObject({ plan: planIdOf("free"), allowanceCredits: null });
    expect(await refusalOf("set_plan", accountId, { plan: "__proto__", credits: "" })).toBe("bad_field");
    expect(await refusalOf("set_plan", accountId, { plan: "custom", credits: "" })).toBe(
      "plan_without_credits",
    );
  });

  it("that has a subscription gets no plan by agreement, until that is over", async () => {
    const { accountId } = await shop.makeBuyer();
    const fields = { plan: "premium", credits: "" };
    const [anchor, createdAt] = [new Date(), new Date()];
    const subscription = { accountId, id: `sub_${accountId}`, status: "active", isPrimary: true } as const;
    await shop.db.insert(subscriptions).values({ ...subscription, anchor, createdAt });
    expect(await refusalOf("set_plan", accountId, fields)).toBe("has_subscription");
    await shop.owner`update subscriptions set ended_at = now() where account_id = ${accountId}`;
    expect(await refusalOf("set_plan", accountId, fields)).toBeNull();
  });

  it("is read again at Stripe; where it says nothing, nobody knows", async () => {
    const { accountId } = await shop.makeBuyer();
    expect((await desk.act("read_account", accountId, {})).aftermath.kind).toBe("done");
    shop.simulator.faults.add({ kind: "drop_before", match: {}, times: 20 });
    expect((await desk.act("read_account", accountId, {})).aftermath.kind).toBe("unknown");
  });

  it("has a mail sent again, another one to the same address", async () => {
    const { accountId } = await shop.makeBuyer();
    const figures = { remaining: credits(5n), total: credits(100n), frozen: credits(0n), owed: credits(0n) };
    const facts = { ...figures, level: 5, cycleEndsAt: new Date(), mayBuy: true } as const;
    await transact(shop.db, (tx) =>
      mailBuyers(tx, accountId, { kind: "low_credits", effect: "low:1", facts }),
    );
    const own = and(eq(accountMails.accountId, accountId), eq(accountMails.kind, "low_credits"));
    const mails = () => shop.db.select().from(accountMails).where(own);
    const [first] = await mails();
    const mail = toPublicId("mail", first?.id ?? "");
    expect(await refusalOf("resend_mail", accountId, { mail })).toBe("already_so");
    await shop.owner`update account_mails set state = 'sent', ended_at = now() where account_id = ${accountId}`;
    await desk.act("resend_mail", accountId, { mail });
    const all = await mails();
    expect(all.map(({ state }) => state).sort()).toEqual(["sent", "waiting"]);
    expect(new Set(all.map(({ toAddress }) => toAddress)).size).toBe(1);
    const other = await shop.makeBuyer();
    expect(await refusalOf("resend_mail", other.accountId, { mail })).toBe("subject_not_found");
    // One that was given up is tried again itself, so that it is in no queue any more.
    await shop.owner`update account_mails set state = 'parked', ended_at = now(), reason = 'no box', tries = 9 where id = ${first?.id ?? ""}`;
    await desk.act("resend_mail", accountId, { mail });
    expect(await mails()).toHaveLength(2);
    const [again] = await shop.db
      .select()
      .from(accountMails)
      .where(eq(accountMails.id, first?.id ?? ""));
    expect(again).toMatchObject({ state: "waiting", tries: 0, endedAt: null });
  });
});
