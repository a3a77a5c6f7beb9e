import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { createSession } from "../auth/sessions";
import { toPublicId } from "../ids";
import { findDeskAccount, listAttentionOf, listPeople, recordAccountView } from "./account";

const database = openTestDatabase();
const CALLER = { address: "203.0.113.9", browser: "Firefox", system: "Linux" };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("an account at the desk", () => {
  it("is found by its public id alone", async () => {
    const { accountId } = await makeAccount(database.db);
    const id = toPublicId("account", accountId);
    expect(await findDeskAccount(database.db, id)).toMatchObject({ accountId, id, stripeCustomerId: null });
    for (const none of [accountId, "acct_", `acct_${"0".repeat(32)}`, "__proto__", "\u0000"])
      expect(await findDeskAccount(database.db, none), none).toBeNull();
  });

  it("says who belongs to it, when they were seen last, and who is disabled", async () => {
    const { accountId, userId, email } = await makeAccount(database.db);
    await makeAccount(database.db);
    const [person] = await listPeople(database.db, accountId);
    expect(person).toMatchObject({
      email,
      role: "owner",
      hasFactor: false,
      disabledAt: null,
      lastSeenAt: null,
    });
    await createSession(database.db, { userId, accountId, sessionVersion: 1 }, CALLER);
    await database.owner`update users set disabled_at = now() where id = ${userId}`;
    const people = await listPeople(database.db, accountId);
    expect(people).toHaveLength(1);
    expect(people[0]).toMatchObject({ disabledAt: expect.any(Date), lastSeenAt: expect.any(Date) });
  });

  it("says what of it needs attention, the oldest first, and how much there is beyond what is listed", async () => {
    const { accountId } = await makeAccount(database.db);
    await database.owner`
      insert into attention_items (id, account_id, object_kind, object_id, reason, details, since, last_seen, logged_at, next_look_at)
      select gen_random_uuid(), ${accountId}, 'charge', 'ch_many_' || n, 'unknown_payment_returned', '{}',
        now() - (4 - n) * interval '1 second', now(), now(), '2999-01-01Z' from generate_series(1, 3) as n`;
    const { items, more } = await listAttentionOf(database.db, accountId, 2);
    expect(items.map(({ objectId }) => objectId)).toEqual(["ch_many_1", "ch_many_2"]);
    expect(more).toBe(1);
    expect(await listAttentionOf(database.db, accountId)).toMatchObject({ more: 0 });
  });

  it("keeps that an operator looked at it, once an hour for each operator and account", async () => {
    const [one, other, operator] = [
      await makeAccount(database.db),
      await makeAccount(database.db),
      await makeAccount(database.db),
    ];
    const views = async () =>
      (
        await database.owner`
          select account_id from security_events where kind = 'account_viewed' and user_id = ${operator.userId} order by id`
      ).map(({ account_id }) => account_id);
    const look = (accountId: string) =>
      recordAccountView({ db: database.db, log }, operator, { accountId, caller: CALLER });
    await look(one.accountId);
    await look(one.accountId);
    await look(other.accountId);
    expect(await views()).toEqual([one.accountId, other.accountId]);
    await database.owner`update security_events set at = at - interval '61 minutes' where user_id = ${operator.userId}`;
    await look(one.accountId);
    expect(await views()).toEqual([one.accountId, other.accountId, one.accountId]);
  });

  it("keeps each of a hundred accounts that an operator looks at in a minute", async () => {
    const operator = await makeAccount(database.db);
    const { accountId } = await makeAccount(database.db);
    for (let number = 0; number < 100; number += 1)
      await recordAccountView({ db: database.db, log }, operator, {
        accountId: `${accountId.slice(0, -3)}${String(number).padStart(3, "0")}`,
        caller: CALLER,
      });
    const [kept] = await database.owner<{ number: number }[]>`
      select count(distinct account_id)::int as number from security_events
      where kind = 'account_viewed' and user_id = ${operator.userId} and times = 1`;
    expect(kept?.number).toBe(100);
  });
});
