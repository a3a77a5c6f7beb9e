import { expect, it } from "vitest";
import { connect } from "@/db/client";
import { openApi } from "@/dev/testing/api";
import { makeAccount } from "@/dev/testing/factories";
import { READ_BALANCE, SPEND, SPEND_MANY } from "@/lib/api/operations";
import { newId, toPublicId } from "@/lib/ids";
import { createBatcher } from "@/lib/ledger/batcher";

const api = openApi();
const body = { credits: 5, category: "ai_processing" };

async function spendsOnceItWrites(broken: () => Promise<void>, mended: () => Promise<void>): Promise<void> {
  const id = toPublicId("account", (await makeAccount(api.db)).accountId);
  const { available } = (await api.ask(READ_BALANCE, { id })).body;
  const same = { id, body, idempotencyKey: newId() };
  await broken();
  const db = connect(api.appUrl, { max: 2 });
  await api.with({ db, batcher: createBatcher(db) }, async () => {
    const refused = await api.ask(SPEND, same);
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
      503,
      "unavailable",
      "10",
    ]);
    const many = await api.ask(SPEND_MANY, {
      body: { spends: [{ account_id: id, idempotency_key: newId(), ...body }] },
    });
    expect(many.body.results).toMatchObject([{ problem: { code: "unavailable" } }]);
  });
  await db.pool.end({ timeout: 1 });
  await mended();
  expect((await api.ask(SPEND, same)).status).toBe(201);
  expect((await api.ask(READ_BALANCE, { id })).body.available).toBe(available - body.credits);
}

it("a spend is unavailable while the disk is full, and done once when it is asked for again", async () => {
  await api.owner`create function no_room() returns trigger language plpgsql as
    $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`;
  await spendsOnceItWrites(
    async () =>
      void (await api.owner`create trigger no_room before insert on entries execute function no_room()`),
    async () => void (await api.owner`drop trigger no_room on entries`),
  );
});

it("a spend is unavailable while the database is read-only, and done once when it is asked for again", async () => {
  const name = new URL(api.ownerUrl).pathname.slice(1);
  await spendsOnceItWrites(
    async () =>
      void (await api.owner`alter database ${api.owner(name)} set default_transaction_read_only = on`),
    async () => {
      await api.owner`set default_transaction_read_only = off`;
      await api.owner`alter database ${api.owner(name)} reset default_transaction_read_only`;
    },
  );
});
