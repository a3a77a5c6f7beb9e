import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../db/client";
import { LIST_ENTRIES, READ_BALANCE, SPEND } from "../../lib/api/operations";
import { deps } from "../../lib/deps";
import { toPublicId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import { openApi } from "../testing/api";
import { openDatabaseLine } from "../testing/database-line";
import { makeAccount } from "../testing/factories";
import { answers, askUntil, breakReadingEntries } from "./neighbours";

const api = openApi();
const STARTER = 24_000_000;
const PURPOSE = { category: "ai_processing", resource: "large-model" } as const;
/** `npm run test:load` asks the built application for 10,000. */
const ANSWERS = 600;
const OUTAGE_MS = 800;

const spend = (id: string, credits: number, idempotencyKey: string) =>
  api.ask(SPEND, { id, idempotencyKey, body: { credits, ...PURPOSE } });

/** An account that spent so many credits so many times. */
async function makeSpender(credits: number, times: number) {
  const made = await makeAccount(api.db);
  const id = toPublicId("account", made.accountId);
  for (let time = 0; time < times; time += 1)
    expect((await spend(id, credits, `${id}-${time}`)).status).toBe(201);
  return { ...made, id, credits, times };
}
type Spender = Awaited<ReturnType<typeof makeSpender>>;

const ownBalance = async ({ id, credits, times }: Spender) => {
  const { status, body } = await api.ask(READ_BALANCE, { id });
  expect([status, body.account_id, body.available]).toEqual([200, id, STARTER - credits * times]);
  return "right" as const;
};
const ownEntries = async ({ id, credits, times }: Spender) => {
  const { status, body } = await api.ask(LIST_ENTRIES, { id });
  expect(status).toBe(200);
  const spent = body.entries.filter((each: { to: string }) => each.to === "spent");
  expect(spent.map((each: { credits: number }) => each.credits)).toEqual(Array(times).fill(credits));
  return "right" as const;
};
const failing = async ({ id }: Spender) => {
  expect((await api.ask(LIST_ENTRIES, { id })).body.code).toBe("internal");
  return "refused" as const;
};

it("one account's queries that fail while their rows stream change nobody else's answers", async () => {
  const failingItem = await makeSpender(1, 6);
  const neighbours = await Promise.all([11, 22, 33].map((credits, index) => makeSpender(credits, 3 + index)));
  const mend = await breakReadingEntries(api.owner, failingItem.accountId, 4);
  const counts = await askUntil(
    (so) => answers(so) >= ANSWERS,
    [
      ...Array.from({ length: 6 }, () => () => failing(failingItem)),
      ...neighbours.flatMap((each) => [() => ownBalance(each), () => ownEntries(each)]),
    ],
  ).finally(mend);
  expect(counts.wrong).toEqual([]);
  expect(Math.min(counts.right, counts.refused)).toBeGreaterThan(0);
});

it("through an outage every answer is right or 503, nothing is taken twice, and all works again afterwards", async () => {
  const line = await openDatabaseLine(api.appUrl);
  const db = connect(line.url, { max: 4 });
  const batcher = createBatcher(db);
  onTestFinished(async () => {
    await batcher.close();
    await db.pool.end({ timeout: 1 });
    await line.close();
  });
  const spender = await makeSpender(5, 2);
  const asked = new Set<string>();
  let lastAsked = 0;
  const spendOnce = async () => {
    const key = `outage-${++lastAsked}`;
    asked.add(key);
    const { status, headers } = await spend(spender.id, 7, key);
    if (status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    else expect(status).toBe(201);
    return status === 503 ? "refused" : "right";
  };
  const readBalance = async () => {
    const { status, body } = await api.ask(READ_BALANCE, { id: spender.id });
    if (status !== 503) expect([status, body.account_id]).toEqual([200, spender.id]);
    return status === 503 ? "refused" : "right";
  };
  const callers = [spendOnce, spendOnce, readBalance, readBalance] as const;
  const go = async (enough: (so: { right: number; refused: number }) => boolean) => {
    const counts = await askUntil(enough, callers);
    expect(counts.wrong).toEqual([]);
  };
  await api.with({ ...deps(), db, batcher }, async () => {
    await go(({ right }) => right >= 40);
    const over = new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    let isOver = false;
    line.set("down");
    void over.then(() => {
      isOver = true;
      line.set("up");
    });
    await go(({ refused }) => isOver && refused > 0);
    await go(({ right }) => right >= 40);
    for (const key of asked) expect((await spend(spender.id, 7, key)).status).toBe(201);
    const { body } = await api.ask(READ_BALANCE, { id: spender.id });
    expect(body.available).toBe(STARTER - 5 * 2 - 7 * asked.size);
  });
});
