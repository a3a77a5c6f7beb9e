import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { createApiKey, listApiKeys, type NewApiKey, revokeApiKey } from "./api-keys";
import { createKeyRing, KEY_MEMORY_MS } from "./key-ring";

const test = openTestDatabase();
const UNKNOWN = { ok: false, error: { code: "unknown_key" } };
const HOUR_MS = 3_600_000;

async function makeKey(changes: Partial<NewApiKey> = {}): Promise<{ id: string; key: string }> {
  const made = await createApiKey(test.db, { name: "x", scopes: ["read"], onlyAccountId: null, ...changes });
  if (!made.ok) return expect.fail(made.error.code);
  return made.value;
}

/** A ring whose memory ages only as the test says. */
function ringAt() {
  const time = { now: 0 };
  return { time, ring: createKeyRing(test.db, () => time.now) };
}

const strangersKey = (n: number) => `rk_${n.toString(16).padStart(32, "0")}_${"A".repeat(43)}`;

describe("strangers' keys", () => {
  it("in a flood of 100,000 push out no key that is known here, and keep out none that is new here", async () => {
    const { ring } = ringAt();
    const [known, late] = [await makeKey(), await makeKey()];
    expect((await ring.check(known.key)).ok).toBe(true);
    const flood = Array.from({ length: 100_000 }, (_, n) => ring.check(strangersKey(n)));
    const during = [ring.check(known.key), ring.check(late.key), ring.check(known.key)];
    expect((await Promise.all(during)).map((each) => each.ok)).toEqual([true, true, true]);
    expect(new Set((await Promise.all(flood)).map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify(UNKNOWN)]),
    );
    // Both are still remembered: nothing but memory lets a revoked key in.
    for (const { id, key } of [known, late]) {
      expect((await revokeApiKey(test.db, id)).ok).toBe(true);
      expect((await ring.check(key)).ok).toBe(true);
    }
  });

  it("share one connection, so that pages and spends have the others", async () => {
    const { ring } = ringAt();
    let most = 0;
    const flood = Promise.all(Array.from({ length: 20_000 }, (_, n) => ring.check(strangersKey(n))));
    let isOver = false;
    void flood.then(() => {
      isOver = true;
    });
    while (!isOver) {
      const [busy] = await test.owner`select count(*)::int as n from pg_stat_activity
        where state = 'active' and datname = current_database() and query like '%api_keys%' and pid <> pg_backend_pid()`;
      most = Math.max(most, busy?.n);
    }
    expect(most).toBeLessThanOrEqual(1);
  });

  it("with the id of a key that exists are none of its", async () => {
    const { ring } = ringAt();
    const { key } = await makeKey();
    expect(await ring.check(`${key.slice(0, 36)}${"A".repeat(43)}`)).toEqual(UNKNOWN);
    expect((await ring.check(key)).ok).toBe(true);
    for (const text of ["", "rk_", key.slice(0, -1), `${key}A`, key.toUpperCase(), ` ${key}`]) {
      expect(await ring.check(text)).toEqual(UNKNOWN);
    }
  });
});

describe("a key that was revoked", () => {
  it("is refused once the memory of it is ten seconds old", async () => {
    const { ring, time } = ringAt();
    const { id, key } = await makeKey();
    expect((await ring.check(key)).ok).toBe(true);
    await revokeApiKey(test.db, id);
    time.now = KEY_MEMORY_MS;
    expect(await ring.check(key)).toEqual(UNKNOWN);
  });
});

describe("a key with an end", () => {
  it("is refused from then on, by the database's clock, without being looked up again", async () => {
    const { ring, time } = ringAt();
    const { id, key } = await makeKey({ ends: { inDays: 1 } });
    await test.owner`update api_keys set expires_at = now() + interval '5 seconds' where id = ${id}`;
    expect((await ring.check(key)).ok).toBe(true);
    // What a look-up would find now no longer matters: the memory is younger than ten seconds.
    await test.owner`update api_keys set expires_at = now() + interval '1 hour' where id = ${id}`;
    time.now = 5_000;
    expect(await ring.check(key)).toEqual({ ok: false, error: { code: "expired_key", id } });
    time.now = KEY_MEMORY_MS;
    expect((await ring.check(key)).ok).toBe(true);
  });

  it("is not told from an unknown one without its secret", async () => {
    const { ring } = ringAt();
    const { id, key } = await makeKey();
    await test.owner`update api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'
      where id = ${id}`;
    expect(await ring.check(`${key.slice(0, 36)}${"A".repeat(43)}`)).toEqual(UNKNOWN);
    expect(await ring.check(key)).toMatchObject({ error: { code: "expired_key" } });
  });

  it("ends in the future, so many days from now or at an instant, and says how long it has", async () => {
    const past = await createApiKey(test.db, {
      name: "x",
      scopes: ["read"],
      onlyAccountId: null,
      ends: { at: new Date(Date.now() - HOUR_MS) },
    });
    expect(past).toMatchObject({ ok: false, error: { code: "ends_in_the_past" } });
    const made = [
      await makeKey({ ends: { inDays: 90 } }),
      await makeKey({ ends: { at: new Date(Date.now() + 36 * HOUR_MS) } }),
      await makeKey(),
    ];
    const { keys: listed } = await listApiKeys(test.db);
    const daysLeft = made.map(({ id }) => listed.find((each) => each.id === id)?.daysLeft);
    expect(daysLeft).toEqual([89, 1, null]);
  });
});
