import { execFile } from "node:child_process";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { attentionItems } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { ROOT } from "../../../dev/build";
import { compiled } from "../../../dev/testing/compiled";
import { openTestDatabase } from "../../../dev/testing/database";
import { makeAccount } from "../../../dev/testing/factories";
import { newId, toPublicId } from "../../ids";
import { lockAccount } from "../account";
import { type Attention, openAttention, resolveAttention, syncAttention } from "./items";
import { acknowledgeAttention } from "./queries";
import { remindOfAttention } from "./remind";

const test = openTestDatabase();
const OWNS = ["price_unreadable", "quantity_zero"] as const;

/** What is said to a log, in order. */
function listen() {
  const lines: { level: "info" | "warn" | "error"; facts: Record<string, unknown>; message: string }[] = [];
  const level = (name: "info" | "warn" | "error") => (facts: object, message: string) =>
    void lines.push({ level: name, facts: { ...facts }, message });
  const log = { info: level("info"), warn: level("warn"), error: level("error") };
  return { log, lines, errors: () => lines.filter((each) => each.level === "error") };
}

const unreadable = (id = `price_${newId()}`, details = {}) =>
  ({ object: "price", id, reason: "price_unreadable", details }) as const;

const setUp = async () => {
  const { accountId } = await makeAccount(test.db);
  const heard = listen();
  const sync = (found: readonly Attention<(typeof OWNS)[number]>[]) =>
    transact(test.db, async (tx) => {
      const { now } = await lockAccount(tx, accountId);
      await syncAttention(tx, { accountId, owns: OWNS, found, now, log: heard.log });
    });
  return { accountId, sync, ...heard };
};

const itemsOf = (accountId: string) =>
  test.db
    .select()
    .from(attentionItems)
    .where(eq(attentionItems.accountId, accountId))
    .orderBy(attentionItems.id);

const acknowledge = (id: string) => acknowledgeAttention(test.db, { id, note: "known" });

describe("what an account's facts say is the matter", () => {
  it("is opened and logged once, in a sentence for the operator, however often it is found", async () => {
    const { accountId, sync, errors } = await setUp();
    const found = unreadable("price_1", { product: "prod_1", cents: 5n });
    await sync([found, found]);
    const [first] = await itemsOf(accountId);
    await sync([found]);
    const items = await itemsOf(accountId);
    expect(items).toMatchObject([
      { state: "open", objectKind: "price", objectId: "price_1", timesOpened: 1, timesLogged: 1 },
    ]);
    expect(items[0]?.details).toEqual({ product: "prod_1", cents: "5" });
    expect(items[0]?.since).toEqual(first?.since);
    expect(items[0]?.lastSeen.getTime()).toBeGreaterThan(first?.lastSeen.getTime() ?? 0);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.message).toMatch(
      /^needs attention: Neither the price nor its product says which plan it sells/,
    );
    expect(errors()[0]?.facts).toMatchObject({ accountId, reason: "price_unreadable", price: "price_1" });
  });

  it("is resolved once it is not found any more, and opened and logged again when it comes back", async () => {
    const { accountId, sync, errors, lines } = await setUp();
    const [stays, goes] = [unreadable(), unreadable()];
    await sync([stays, goes]);
    await sync([stays]);
    const byObject = async (id: string) => (await itemsOf(accountId)).find(({ objectId }) => objectId === id);
    expect(await byObject(goes.id)).toMatchObject({ state: "resolved", resolvedAt: expect.any(Date) });
    expect(await byObject(stays.id)).toMatchObject({ state: "open" });
    expect(lines.filter(({ level }) => level === "info")).toHaveLength(1);
    const before = await byObject(goes.id);
    await sync([stays, goes]);
    const again = await byObject(goes.id);
    expect(again).toMatchObject({ state: "open", resolvedAt: null, timesOpened: 2, timesLogged: 2 });
    expect(again?.since.getTime()).toBeGreaterThan(before?.since.getTime() ?? Infinity);
    expect(errors()).toHaveLength(3);
  });

  it("leaves alone what another part of the code found", async () => {
    const { accountId, sync, log } = await setUp();
    const other = { object: "customer", id: `cus_${newId()}`, reason: "object_not_found" } as const;
    await openAttention(test.db, { accountId, ...other, now: new Date(), log });
    await sync([]);
    expect(await itemsOf(accountId)).toMatchObject([{ state: "open", reason: "object_not_found" }]);
  });

  it("is another account's own matter, be it the same object", async () => {
    const [one, two] = [await setUp(), await setUp()];
    const found = unreadable();
    await one.sync([found]);
    await two.sync([found]);
    await one.sync([]);
    expect(await itemsOf(one.accountId)).toMatchObject([{ state: "resolved" }]);
    expect(await itemsOf(two.accountId)).toMatchObject([{ state: "open" }]);
    expect(two.errors()).toHaveLength(1);
  });

  it("stays acknowledged while it is the same, and is asked about again once it is another matter", async () => {
    const { accountId, sync, errors } = await setUp();
    await sync([unreadable("price_2", { cents: 5, currency: "usd" })]);
    const [item] = await itemsOf(accountId);
    await acknowledge(item?.id ?? "");
    await sync([unreadable("price_2", { currency: "usd", cents: 5 })]);
    expect(await itemsOf(accountId)).toMatchObject([{ state: "acknowledged", note: "known" }]);
    expect(errors()).toHaveLength(1);
    await sync([unreadable("price_2", { cents: 6, currency: "usd" })]);
    expect(await itemsOf(accountId)).toMatchObject([{ state: "open", since: item?.since, note: "known" }]);
    expect(errors()).toHaveLength(2);
  });

  it("is resolved though somebody acknowledged it", async () => {
    const { accountId, sync } = await setUp();
    await sync([unreadable()]);
    const [item] = await itemsOf(accountId);
    await acknowledge(item?.id ?? "");
    await sync([]);
    expect(await itemsOf(accountId)).toMatchObject([{ state: "resolved", acknowledgedAt: null }]);
  });

  it("never keeps money from being settled for what a text from outside holds", async () => {
    const { accountId, sync } = await setUp();
    const name = `${"x".repeat(500)}\u0000\ud800`;
    await sync([unreadable(`price_${"y".repeat(5_000)}`, { [name]: name, nothing: null })]);
    const [item] = await itemsOf(accountId);
    expect(item?.objectId).toHaveLength(200);
    expect(item?.details).toEqual({ ["x".repeat(200)]: "x".repeat(200), nothing: null });
    await sync([]);
    expect(await itemsOf(accountId)).toMatchObject([{ state: "resolved" }]);
  });

  it("is one item when it is found at the same time by many", async () => {
    const { accountId, sync, errors, log } = await setUp();
    const found = unreadable();
    const beside = () => openAttention(test.db, { accountId, ...found, now: new Date(), log });
    await Promise.all([sync([found]), beside(), sync([found]), beside(), sync([found])]);
    expect(await itemsOf(accountId)).toHaveLength(1);
    expect(errors().length).toBeGreaterThan(0);
  });
});

describe("what belongs to nobody", () => {
  const paid = () =>
    ({ object: "invoice", id: `in_${newId()}`, reason: "paid_under_unknown_customer" }) as const;
  const find = (id: string) => test.db.select().from(attentionItems).where(eq(attentionItems.objectId, id));

  it("is one item of no account, logged once, until it is resolved", async () => {
    const { log, errors } = listen();
    const found = { accountId: null, ...paid(), log };
    await openAttention(test.db, { ...found, details: { customer: "cus_1" }, now: new Date() });
    await openAttention(test.db, { ...found, details: { customer: "cus_1" }, now: new Date() });
    expect(await find(found.id)).toMatchObject([{ accountId: null, state: "open", timesLogged: 1 }]);
    expect(errors()).toHaveLength(1);
    await resolveAttention(test.db, { ...found, now: new Date() });
    await resolveAttention(test.db, { ...found, now: new Date() });
    expect(await find(found.id)).toMatchObject([{ state: "resolved" }]);
    await openAttention(test.db, { ...found, now: new Date() });
    expect(await find(found.id)).toMatchObject([{ state: "open", timesOpened: 2 }]);
    expect(errors()).toHaveLength(2);
  });
});

describe("what stays open", () => {
  const lookBack = (id: string, days: number) =>
    test.owner`update attention_items set since = now() - ${days} * interval '1 day' where id = ${id}`;
  const loggedDaysAgo = (id: string, days: number) =>
    test.owner`update attention_items set logged_at = now() - ${days} * interval '1 day' where id = ${id}`;

  it("is logged again once it is a week old, once a day, unless it is acknowledged", async () => {
    const { accountId, sync, lines, log } = await setUp();
    await sync([unreadable("price_3")]);
    const [item] = await itemsOf(accountId);
    const id = item?.id ?? "";
    lines.length = 0;
    const remind = async () => {
      lines.length = 0;
      await remindOfAttention({ db: test.db, log });
      return lines.filter(({ facts }) => facts.price === "price_3").map(({ level }) => level);
    };
    await lookBack(id, 6.9);
    await loggedDaysAgo(id, 6.9);
    expect(await remind()).toEqual([]);
    await lookBack(id, 7.1);
    expect(await remind()).toEqual(["error"]);
    expect(await remind()).toEqual([]);
    expect(await itemsOf(accountId)).toMatchObject([{ timesLogged: 2 }]);
    await loggedDaysAgo(id, 1.1);
    expect(await remind()).toEqual(["error"]);
    await loggedDaysAgo(id, 1.1);
    await acknowledgeAttention(test.db, { id, note: "known" });
    expect(await remind()).toEqual([]);
  });

  it("is listed by the command, which acknowledges it too and tells by its exit code whether any is open", async () => {
    await test.owner`truncate attention_items`;
    const { accountId, sync } = await setUp();
    await sync([unreadable("price_4", { product: "prod_4" })]);
    const [item] = await itemsOf(accountId);
    const id = toPublicId("attention", item?.id ?? "");
    const [[code, text], [, json]] = await Promise.all([command(), command("--json")]);
    expect(code).toBe(1);
    for (const part of [
      id,
      toPublicId("account", accountId),
      "price price_4",
      "product=prod_4",
      "metadata right",
    ])
      expect(text).toContain(part);
    expect(JSON.parse(json)).toMatchObject([
      { id, objectId: "price_4", reason: "price_unreadable", state: "open" },
    ]);
    const { userId, email } = await makeAccount(test.db);
    await test.owner`update users set is_operator = true where id = ${userId}`;
    const why = ["--reason", "asked the customer"];
    expect(await command("--acknowledge", id, ...why)).toEqual([2, ""]); // Nobody said who.
    expect(await command("--acknowledge", id, "--as", email)).toEqual([2, ""]);
    expect(await command("--acknowledge", id, "--as", "nobody@example.com", ...why)).toEqual([1, ""]);
    expect(await command("--acknowledge", id, "--as", email, ...why)).toEqual([0, ""]);
    const acts = await test.owner`
      select operator_id, account_id, kind, reason from operator_acts where subject = ${id}`;
    expect(acts).toMatchObject([
      {
        ...{ operator_id: userId, account_id: accountId },
        ...{ kind: "acknowledge_attention", reason: "asked the customer" },
      },
    ]);
    expect(await command("--all")).toEqual([0, expect.stringContaining('"asked the customer"')]);
  });
});

/** Exit code and standard output of `npm run attention -- …`. */
async function command(...args: string[]): Promise<[number, string]> {
  const program = await compiled("lib/desk/commands/attention-main.ts");
  const env = {
    ...process.env,
    DATABASE_URL: test.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_attention",
    STRIPE_WEBHOOK_SECRET: "whsec_attention",
  };
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { env, cwd: ROOT }, (error, stdout) =>
      resolve([Number(error?.code ?? 0), stdout.trim()]),
    ),
  );
}
