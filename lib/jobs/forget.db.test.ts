import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { EVENT_CUSTOMER, EVENT_OBJECT } from "../../db/schema";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { SESSION_SECONDS } from "../auth/session-token";
import { replayEvent } from "../desk/events/replay";
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
    "9599 hours",
    "9601 hours",
    (age) => test.owner`insert into stripe_events (id, type, payload, created_at, received_at, handled_at)
      values (${newId()}, 'x', '{}', now(), now() - interval '9 years', now() - ${age}::interval)`,
  ],
  [
    "graphile_worker._private_jobs",
    "2159 hours",
    "2161 hours",
    async (age) => {
      await test.owner`select graphile_worker.add_job('nothing', max_attempts => 1)`;
      await test.owner`update graphile_worker._private_jobs set attempts = max_attempts, updated_at = now() - ${age}::interval
        where attempts < max_attempts`;
    },
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

  it("is what an event said 30 days after it was handled, and it is found as before and not replayed", async () => {
    await test.owner`truncate stripe_events`;
    const said = (id: string, customer: unknown) =>
      test.owner.json({
        id,
        type: "invoice.paid",
        data: { object: { id: "in_1", object: "invoice", customer, lines: ["x"] } },
      } as never);
    const insert = (id: string, age: string, customer: unknown = "cus_1") =>
      test.owner`insert into stripe_events (id, type, payload, created_at, handled_at)
        values (${id}, 'invoice.paid', ${said(id, customer)}, now(), now() - ${age}::interval)`;
    await insert("evt_kept", "719 hours");
    await insert("evt_old", "721 hours");
    await insert("evt_odd", "721 hours", { id: "cus_1", note: "y".repeat(1_000) });
    await test.owner`insert into stripe_events (id, type, payload, created_at) values ('evt_due', 'x', '{}', now() - interval '1 year')`;
    await test.owner`insert into stripe_events (id, type, body, created_at, handled_at)
      values ('evt_bytes', 'x', '\\x00ff', now(), now() - interval '721 hours')`;
    const found = () =>
      test.db.execute<{ id: string; customer: string; object: string }>(
        sql`select id, ${EVENT_CUSTOMER} as customer, ${EVENT_OBJECT} as object from stripe_events order by id`,
      );
    const before = await found();
    await forgetOldRows(test.db);
    expect(await found()).toEqual(before);
    const rows =
      await test.owner`select id, payload ? 'id' and payload #> '{data,object}' ? 'lines' as says, length(body) as bytes,
      payload_forgotten_at is not null as forgotten from stripe_events order by id`;
    expect(rows.map(({ id, says, bytes, forgotten }) => [id, says, bytes, forgotten])).toEqual([
      ["evt_bytes", null, 0, true],
      ["evt_due", false, null, false],
      ["evt_kept", true, null, false],
      ["evt_odd", false, null, true],
      ["evt_old", false, null, true],
    ]);
    const replay = (id: string) => replayEvent(test.db, id, { operatorId: newId(), reason: "to see" });
    expect(await replay("evt_old")).toEqual({ ok: false, error: { code: "event_is_forgotten" } });
    expect(await replay("evt_kept")).toEqual({ ok: true });
    await test.owner`truncate stripe_events`;
    await test.owner`delete from graphile_worker._private_jobs`;
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
