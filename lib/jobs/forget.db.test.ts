import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { SESSION_SECONDS } from "../auth/session-token";
import { newId } from "../ids";
import { forgetOldRows } from "./forget";

const test = openTestDatabase();

/** An age that is kept, one that is forgotten, and how a row of that age is made. */
const KEPT: readonly (readonly [string, string, string, (age: string) => Promise<unknown>])[] = [
  [
    "sign_in_failures",
    "23 hours",
    "25 hours",
    (age) => test.owner`insert into sign_in_failures values (${newId()}, now() - ${age}::interval, 1)`,
  ],
  [
    "sign_in_turns",
    "23 hours",
    "25 hours",
    (age) => test.owner`insert into sign_in_turns values (${newId()}, now() - ${age}::interval)`,
  ],
  [
    "sessions",
    "743 hours",
    "745 hours",
    async (age) => {
      const { accountId, userId } = await makeAccount(test.db);
      return test.owner`insert into sessions (id, user_id, account_id, version, created_at, last_seen_at, address)
        values (${newId()}, ${userId}, ${accountId}, 1, now() - ${age}::interval, now(), 'x')`;
    },
  ],
  [
    "mailed_links",
    "23 hours",
    "25 hours",
    async (age) => {
      const { userId } = await makeAccount(test.db);
      return test.owner`insert into mailed_links (id, token_hash, purpose, user_id, email, version, created_at, expires_at)
        values (${newId()}, ${newId()}, 'reset_password', ${userId}, 'a@b.c', 1, now() - interval '9 years', now() - ${age}::interval)`;
    },
  ],
  [
    "account_invitations",
    "89 days",
    "91 days",
    async (age) => {
      const { accountId, userId } = await makeAccount(test.db);
      return test.owner`insert into account_invitations (id, account_id, email, role, token_hash, invited_by, created_at, expires_at)
        values (${newId()}, ${accountId}, 'a@b.c', 'member', ${newId()}, ${userId}, now() - interval '9 years', now() - ${age}::interval)`;
    },
  ],
  [
    "security_events",
    "364 days",
    "367 days",
    (age) =>
      test.owner`insert into security_events (id, kind, at) values (${newId()}, 'signed_in', now() - ${age}::interval)`,
  ],
  [
    "stripe_events",
    "2159 hours",
    "2161 hours",
    (age) => test.owner`insert into stripe_events (id, type, payload, created_at, received_at, handled_at)
      values (${newId()}, 'x', '{}', now(), now() - interval '9 years', now() - ${age}::interval)`,
  ],
  [
    "account_mails",
    "2159 hours",
    "2161 hours",
    async (age) => {
      const { accountId } = await makeAccount(test.db);
      return test.owner`insert into account_mails (account_id, id, effect, recipient, to_address, kind, facts, state, due_at, ended_at)
        values (${accountId}, ${newId()}, 'x', 'x', 'a@b.c', 'x', '{}', 'sent', now(), now() - ${age}::interval)`;
    },
  ],
  [
    "person_mails",
    "2159 hours",
    "2161 hours",
    async (age) => {
      const { userId } = await makeAccount(test.db);
      return test.owner`insert into person_mails (user_id, id, effect, recipient, to_address, kind, facts, state, due_at, ended_at)
        values (${userId}, ${newId()}, 'x', 'x', 'a@b.c', 'x', '{}', 'sent', now(), now() - ${age}::interval)`;
    },
  ],
  [
    "contact_requests",
    "729 days",
    "732 days",
    async (age) => {
      const { accountId, userId } = await makeAccount(test.db);
      return test.owner`insert into contact_requests (account_id, id, request_key, requested_by, email, name, message, created_at, mailed_at)
        values (${accountId}, ${newId()}, 'x', ${userId}, 'a@b.c', 'x', 'something long', now(), now() - ${age}::interval)`;
    },
  ],
];

const count = async (table: string) => {
  const [row] = await test.owner<{ rows: number }[]>`select count(*)::int as rows from ${test.owner(table)}`;
  return row?.rows;
};

describe("what has been kept long enough", () => {
  it.each(KEPT)("of %s stays for %s, and is gone after %s", async (table, kept, gone, make) => {
    await test.owner`truncate ${test.owner(table)}`;
    await make(kept);
    await make(gone);
    await forgetOldRows(test.db);
    expect(await count(table)).toBe(1);
    await forgetOldRows(test.db);
    expect(await count(table)).toBe(1);
  });

  it("goes in as many rounds as it takes", async () => {
    await test.owner`insert into sign_in_turns select 'turn ' || n, now() - interval '2 days' from generate_series(1, 10001) as n`;
    await forgetOldRows(test.db);
    const [left] =
      await test.owner`select count(*)::int as rows from sign_in_turns where subject like 'turn %'`;
    expect(left).toEqual({ rows: 0 });
  });

  it("leaves alone what is not handled, parked or not mailed, however old", async () => {
    await test.owner`insert into stripe_events (id, type, payload, created_at, received_at)
      values ('evt_due', 'x', '{}', now(), now() - interval '9 years')`;
    await test.owner`insert into stripe_events (id, type, payload, created_at, received_at, parked_reason)
      values ('evt_parked', 'x', '{}', now(), now() - interval '9 years', 'x')`;
    await forgetOldRows(test.db);
    const left = await test.owner`select id from stripe_events where id in ('evt_due', 'evt_parked')`;
    expect(left).toHaveLength(2);
  });

  it("never is a session that could still count", () => {
    expect(SESSION_SECONDS).toBeLessThanOrEqual(30 * 24 * 3_600);
  });
});

describe("the function that forgets", () => {
  it("is the only one that works with the owner's rights, and is closed to everybody but the application", async () => {
    const functions = await test.owner<{ name: string; path: string[]; arguments: number; access: string }[]>`
      select proname::text as name, proconfig as path, pronargs::int as arguments, proacl::text as access
      from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`;
    expect(functions).toMatchObject([
      { name: "forget_old_rows", path: ["search_path=pg_catalog, pg_temp"], arguments: 0 },
    ]);
    expect(functions[0]?.access).not.toMatch(/[{,]=/); // What PUBLIC may do is written without a name.
  });

  it("cannot be led astray by tables and functions of the caller's session", async () => {
    await test.owner`insert into sign_in_turns values ('now', now())`;
    await test.db.pool.begin(async (tx) => {
      await tx.unsafe("create temp table sign_in_turns (subject text, free_at timestamptz) on commit drop");
      await tx.unsafe(
        "create function pg_temp.now() returns timestamptz language sql as $$ select timestamptz '2999-01-01' $$",
      );
      await tx.unsafe("set local search_path = pg_temp, public, pg_catalog");
      await tx.unsafe("select public.forget_old_rows()");
    });
    expect(await test.owner`select 1 from sign_in_turns where subject = 'now'`).toHaveLength(1);
  });
});
