import { expect, it } from "vitest";
import { buyingAt } from "../../../dev/testing/buying";
import { openShop } from "../../../dev/testing/shop";
import { createApiKey } from "../../auth/api-keys";
import { newId, toPublicId } from "../../ids";
import { readingCommand } from "./reading";

const shop = openShop({ max: 10 });
const { place, confirm } = buyingAt(shop);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const run = async (...args: string[]) => {
  const { code, text } = await readingCommand(args, () => ({ db: shop.db, log }));
  return [code, text] as const;
};

it("tells of a queue, of events and of money by its exit code, for people and for programs", async () => {
  const buyer = await shop.makeBuyer();
  await confirm(buyer, await place(buyer, "usd100"));
  expect(await run("queue", "events")).toEqual([0, "Parked events: nothing waits."]);
  await shop.owner`insert into stripe_events (id, type, payload, created_at, parked_reason)
    values ('evt_1', 'product.created', ${JSON.stringify({
      type: "product.created",
      data: { object: { id: "p", object: "product", customer: buyer.customerId } },
    })}::text::jsonb, now(), '20 tries: no')`;
  expect(await run("queue", "events")).toEqual([1, expect.stringContaining("evt_1")]);
  const account = toPublicId("account", buyer.accountId);
  expect(await run("events", "--account", account)).toEqual([1, expect.stringContaining("20 tries: no")]);
  expect(await run("events", "--state", "handled")).toEqual([0, "There are no such events."]);
  await shop.owner`update users set is_operator = true where id = ${buyer.userId}`;
  const [code, json] = await run("event", "evt_1", "--json", "--as", buyer.email);
  expect([code, JSON.parse(json)]).toMatchObject([0, { state: "parked", accountId: buyer.accountId }]);
  const [well, money] = await run("money", "--json");
  expect([well, JSON.parse(money)]).toMatchObject([
    0,
    { totals: [{ currency: "usd", ordersCents: "10000" }], of: [{ id: "usd100", credits: "8000000" }] },
  ]);
  expect(await run("money")).toEqual([0, expect.stringMatching(/in all +usd +10000 +0 +0 +0 +10000/)]);
});

it("names what waits in a queue as the acts on it take it", async () => {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await shop.owner`update orders set parked_reason = 'another amount' where id = ${orderId}`;
  const waiting = newId();
  await shop.owner`
    insert into waiting_acts (account_id, id, kind, request, basis, lines, reason, asked_by, asked_at, expires_at)
    values (${buyer.accountId}, ${waiting}, 'grant', '{}', 'basis', '[]', 'why', ${buyer.userId}, now(), now() + interval '1 day')`;
  expect(await run("queue", "orders")).toEqual([1, expect.stringContaining(toPublicId("order", orderId))]);
  expect(await run("queue", "approvals")).toEqual([
    1,
    expect.stringContaining(toPublicId("waitingAct", waiting)),
  ]);
  await shop.owner`update orders set parked_reason = null where id = ${orderId}`;
});

it("keeps who looked at what Stripe said of whom, and shows it to nobody who does not say who they are", async () => {
  const [buyer, operator] = [await shop.makeBuyer(), await shop.makeBuyer()];
  await shop.owner`update users set is_operator = true where id = ${operator.userId}`;
  const payload = (customer: string) =>
    JSON.stringify({ data: { object: { id: "p", object: "product", customer } } });
  await shop.owner`insert into stripe_events (id, type, payload, created_at) values
    ('evt_ours', 'product.created', ${payload(buyer.customerId)}::text::jsonb, now()),
    ('evt_theirs', 'product.created', ${payload("cus_of_nobody")}::text::jsonb, now())`;
  expect(await run("event", "evt_ours")).toMatchObject([2, expect.stringContaining("--as")]);
  expect(await run("event", "evt_ours", "--as", buyer.email)).toMatchObject([
    1,
    expect.stringContaining("names nobody"),
  ]);
  const as = ["--as", operator.email];
  expect(await run("event", "evt_ours", ...as)).toMatchObject([0, expect.stringContaining(buyer.customerId)]);
  expect(await run("event", "evt_theirs", ...as)).toMatchObject([
    0,
    expect.stringContaining("cus_of_nobody"),
  ]);
  expect(await run("event", "evt_none", "--json", ...as)).toEqual([1, expect.stringContaining('"refused"')]);
  const kept = await shop.owner`
    select account_id, details from security_events where kind = 'account_viewed' and user_id = ${operator.userId} order by id`;
  expect(kept).toMatchObject([
    { account_id: buyer.accountId, details: null },
    { account_id: null, details: { event: "evt_theirs" } },
  ]);
});

it("replays an event for an operator who says why, and for nobody else", async () => {
  const { email, userId } = await shop.makeBuyer();
  await shop.owner`insert into stripe_events (id, type, payload, created_at, parked_reason)
    values ('evt_2', 'product.created', '{}', now(), 'no')`;
  const why = ["--reason", "mended"];
  expect(await run("replay", "evt_2", "--as", email, ...why)).toEqual([
    1,
    expect.stringContaining("names nobody"),
  ]);
  await shop.owner`update users set is_operator = true where id = ${userId}`;
  expect(await run("replay", "evt_2", "--as", email)).toMatchObject([2, expect.stringContaining("--reason")]);
  expect(await run("replay", "evt_2", ...why)).toMatchObject([2, expect.stringContaining("--as")]);
  expect(await run("queue", "events")).toMatchObject([1, expect.stringContaining("evt_2")]);
  expect(await run("replay", "evt_2", "--as", email, ...why)).toMatchObject([
    0,
    expect.stringContaining("due again"),
  ]);
  expect(await run("replay", "evt_2", "--as", email, ...why)).toMatchObject([
    1,
    expect.stringContaining("due already"),
  ]);
  expect(await run("replay", "evt_0", "--as", email, ...why)).toMatchObject([
    1,
    expect.stringContaining("no such"),
  ]);
  const acts = await shop.owner`select kind, reason from operator_acts where operator_id = ${userId}`;
  expect(acts).toMatchObject([{ kind: "replay_event", reason: "mended" }]);
});

it("goes on where a list of events or of a queue ended, until all were said", async () => {
  await shop.owner`insert into stripe_events (id, type, payload, created_at, parked_reason)
    select 'evt_many_' || n, 'many.created', '{}', now(), 'no' from generate_series(1, 205) as n`;
  try {
    for (const list of [
      ["events", "--type", "many.created"],
      ["queue", "events"],
    ]) {
      const said = (text: string) => text.match(/evt_many_\d+/g) ?? [];
      const [, first] = await run(...list);
      const [, cursor = ""] = /--before (\S+)$/.exec(first) ?? [];
      const [, second] = await run(...list, "--before", cursor);
      expect(second).not.toContain("--before");
      expect(new Set([...said(first), ...said(second)]).size, list[0]).toBe(205);
      expect((await run(...list, "--before", "nonsense"))[0]).toBe(2);
    }
  } finally {
    await shop.owner`delete from stripe_events where id like 'evt_many_%'`;
  }
});

it("lists API keys without their secrets, a page at a time, of every account or of one alone", async () => {
  const { accountId } = await shop.makeBuyer();
  const keyOf = async (onlyAccountId: string | null) => {
    const made = await createApiKey(shop.db, { name: "Assistant", scopes: ["read"], onlyAccountId });
    if (!made.ok) throw new Error(made.error.code);
    return { id: toPublicId("apiKey", made.value.id), secret: made.value.key.slice(36) };
  };
  const [own, every] = [await keyOf(accountId), await keyOf(null)];
  const [code, text] = await run("keys");
  expect([code, text]).toEqual([0, expect.stringMatching(new RegExp(`${every.id}[^]*${own.id}`))]);
  for (const { secret } of [own, every]) expect(text).not.toContain(secret);
  const [, ofOne] = await run("keys", "--account", toPublicId("account", accountId), "--json");
  expect(JSON.parse(ofOne)).toMatchObject([{ id: own.id, onlyAccountId: toPublicId("account", accountId) }]);
  expect((await run("keys", "--before", every.id))[1]).not.toContain(every.id);
});

it.each([
  ["keys", "--before", "rk_1"],
  ["keys", "--account", "acct_1"],
  ["queue", "nothing"],
  ["queue"],
  ["queue", "events", "more"],
  ["event"],
  ["events", "--state", "gone"],
  ["events", "--account", "acct_1"],
  ["events", "--unknown"],
  ["money", "2026-13"],
  ["money", "soon"],
])("does not understand %s %s %s, says what it would, and changes nothing", async (...args) => {
  const [code, text] = await run(...args.filter((each) => each !== undefined));
  expect(code).toBe(2);
  expect(text.trim()).not.toBe("");
});
