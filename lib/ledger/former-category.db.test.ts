import { afterEach, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { catalogWith, sellAsUsual } from "../../dev/testing/catalog";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { EVERY_DAY } from "../../dev/testing/usage";
import { setCatalog } from "../catalog/catalog";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit } from "./commit";
import { listEntries } from "./entries";
import { foldUsage } from "./fold-usage";
import { getUsage } from "./usage";
import { readUsage } from "./usage-spends";

const test = openTestDatabase();
afterEach(sellAsUsual);

async function spend(accountId: string, category: string, amount: bigint): Promise<void> {
  const purpose = { category, resource: null, reference: null };
  await transact(test.db, (tx) =>
    commit(tx, accountId, [{ key: newId(), command: { kind: "spend", credits: credits(amount), purpose } }]),
  );
}

/** What one spend of each category says, wherever it is read. */
async function readEverywhere(accountId: string) {
  const usage = await getUsage(test.db, accountId, EVERY_DAY);
  const lines = [];
  for await (const part of readUsage(test.db, accountId, EVERY_DAY)) lines.push(...part);
  const listed = await listEntries(test.db, accountId, null, 100);
  return {
    usage: Object.fromEntries(usage.days.map((each) => [each.category, each.credits])),
    lines: Object.fromEntries(lines.map((each) => [each.category, each.credits])),
    entries: Object.fromEntries(
      (listed?.entries ?? []).flatMap((each) => (each.category ? [[each.category, each.credits]] : [])),
    ),
  };
}

it("entries from before the catalog say what they were for as they did, beside new ones and added up", async () => {
  const { accountId } = await makeAccount(test.db);
  await spend(accountId, "ai_processing", 1n);
  await spend(accountId, "infrastructure", 2n);
  await spend(accountId, "platform", 3n);
  const [written] = await test.owner`
    select array_agg(category order by seq) as numbers from entries where account_id = ${accountId} and category is not null`;
  expect(written).toEqual({ numbers: [1, 2, 3] });
  await test.owner`
    update entries set category = null, former_category =
      (array['ai_processing', 'infrastructure', 'platform'])[category]::spend_category
    where account_id = ${accountId} and category <> 2`;

  const expected = { ai_processing: 1n, infrastructure: 2n, platform: 3n };
  const all = { usage: expected, lines: expected, entries: expected };
  expect(await readEverywhere(accountId)).toEqual(all);
  await foldUsage(test.db, accountId);
  expect(await readEverywhere(accountId)).toEqual(all);
  const platform = await getUsage(test.db, accountId, { ...EVERY_DAY, category: "platform" });
  expect(platform.credits).toBe(3n);
});

it("a category that was added is spent under, and a label that changed changes no entry", async () => {
  setCatalog(
    catalogWith(({ categories }) => {
      Object.assign(categories[0] ?? {}, { label: "Thinking" });
      categories.push({ number: 12, id: "video", label: "Video" });
    }),
  );
  const { accountId } = await makeAccount(test.db);
  await spend(accountId, "video", 5n);
  await spend(accountId, "ai_processing", 1n);
  const expected = { video: 5n, ai_processing: 1n };
  expect(await readEverywhere(accountId)).toEqual({ usage: expected, lines: expected, entries: expected });
  await expect(spend(accountId, "audio", 1n)).rejects.toThrow("the catalog has a category audio");
});

it("an entry that is no usage cannot have a category", async () => {
  const { accountId } = await makeAccount(test.db);
  await expect(
    test.owner`update entries set category = 1 where account_id = ${accountId}`.then(() => "kept"),
  ).rejects.toThrow("entries_number_what_usage_was_for");
});
