import { describe, expect, it } from "vitest";
import { openApi } from "@/dev/testing/api";
import { makeAccount } from "@/dev/testing/factories";
import {
  CAPTURE_HOLD,
  LIST_ENTRIES,
  PLACE_HOLD,
  READ_BALANCE,
  SPEND,
  SPEND_MANY,
} from "@/lib/api/operations";
import { deps } from "@/lib/deps";
import { fromPublicId, newId, toPublicId } from "@/lib/ids";
import { createBatcher } from "@/lib/ledger/batcher";
import type { SpendingCommand } from "@/lib/ledger/decide";
import { USUAL_LIMITS } from "@/lib/ledger/limits";
import { credits } from "@/lib/money/credits";

const api = openApi();
const PURPOSE = { category: "ai_processing", resource: "large-model", reference: "conversation 7" } as const;
const STARTER = 24_000_000;

const makeId = async () => toPublicId("account", (await makeAccount(api.db)).accountId);
const spend = (id: string, amount: number, more: object = {}) =>
  api.ask(SPEND, { id, body: { credits: amount, ...PURPOSE }, ...more });
const available = async (id: string) => (await api.ask(READ_BALANCE, { id })).body.available;
const hold = async (id: string, amount: number) =>
  (await api.ask(PLACE_HOLD, { id, body: { credits: amount, ...PURPOSE } })).body;

describe("amounts beyond what a call may move", () => {
  const MAX = Number(USUAL_LIMITS.mostPerCall);

  it("are refused by name with the most there is, and a batch goes on around them", async () => {
    const id = await makeId();
    const refused = await spend(id, MAX + 1, { idempotencyKey: "k" });
    expect([refused.status, refused.body.code, refused.body.most_credits]).toEqual([
      422,
      "amount_too_large",
      MAX,
    ]);
    expect((await spend(id, MAX)).body.code).toBe("insufficient_credits");
    expect((await spend(id, 9_007_199_254_740_991)).body.code).toBe("amount_too_large");
    const spends = [5, MAX + 1, 7].map((amount, n) => ({
      account_id: id,
      idempotency_key: `b${n}`,
      credits: amount,
      ...PURPOSE,
    }));
    const { body } = await api.ask(SPEND_MANY, { body: { spends } });
    expect(body.results.map((each: { status: number }) => each.status)).toEqual([201, 422, 201]);
    expect(body.results[1].problem).toMatchObject({ code: "amount_too_large", most_credits: MAX });
    expect((await spend(id, 3, { idempotencyKey: "k" })).status).toBe(201);
    expect(await available(id)).toBe(STARTER - 5 - 7 - 3);
  });

  it("were accepted under another setting: single or in a batch, they are answered as they were", async () => {
    const id = await makeId();
    const body = { spends: [{ account_id: id, idempotency_key: "in", credits: 900, ...PURPOSE }] };
    const [single, batch] = [
      await spend(id, 800, { idempotencyKey: "s" }),
      await api.ask(SPEND_MANY, { body }),
    ];
    const batcher = createBatcher(deps().db, { limits: { ...USUAL_LIMITS, mostPerCall: credits(100n) } });
    await api.with({ batcher }, async () => {
      expect((await spend(id, 800, { idempotencyKey: "s" })).body).toEqual(single.body);
      const again = await api.ask(SPEND_MANY, { body });
      expect(again.body.results).toEqual([{ ...batch.body.results[0], replayed: true }]);
      expect((await spend(id, 800)).body).toMatchObject({ code: "amount_too_large", most_credits: 100 });
    });
    expect(await available(id)).toBe(STARTER - 1_700);
  });

  it("of a capture leave the hold open, and the same key may be tried again", async () => {
    const id = await makeId();
    const { hold_id } = await hold(id, 500_000);
    const capture = (credits: number) =>
      api.ask(CAPTURE_HOLD, { id: hold_id, body: { credits }, idempotencyKey: "c" });
    expect((await capture(5_000_001)).body).toMatchObject({
      code: "capture_too_large",
      most_credits: 5_000_000,
    });
    expect((await api.ask(READ_BALANCE, { id })).body.held).toBe(500_000);
    expect((await capture(5_000_000)).status).toBe(200);
    expect(await available(id)).toBe(STARTER - 5_000_000);
  });
});

it("an account whose debt passes an int64 is answered like any other, every digit of it", async () => {
  const id = await makeId();
  const huge = 2n ** 62n;
  const limits = { ...USUAL_LIMITS, mostPerCall: credits(huge), captureFloor: credits(huge) };
  const batcher = createBatcher(deps().db, { limits });
  const accountId = fromPublicId("account", id) ?? "";
  const holdIds = [newId(), newId(), newId()];
  const submit = (command: SpendingCommand) => batcher.submit(accountId, { key: newId(), command });
  for (const holdId of holdIds) {
    const purpose = { ...PURPOSE, reference: null };
    await submit({ kind: "hold", holdId, credits: credits(1n), ttlMs: 60_000, purpose });
  }
  for (const holdId of holdIds) await submit({ kind: "capture", holdId, credits: credits(huge) });
  const owed = 3n * huge - BigInt(STARTER);
  const { text, body } = await api.ask(READ_BALANCE, { id });
  expect(body.available).toBe(0);
  expect(text).toContain(`"owed":${owed},`);
  expect((await api.ask(LIST_ENTRIES, { id })).text).toContain(`"credits":${huge - 1n},`);
  const refused = await spend(id, 1);
  expect([refused.body.code, refused.text.includes(`"owed":${owed}`)]).toEqual([
    "insufficient_credits",
    true,
  ]);
});
