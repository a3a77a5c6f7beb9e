import { describe, expect, it } from "vitest";
import { transact } from "@/db/transact";
import { newId, toPublicId } from "@/lib/ids";
import { commit } from "@/lib/ledger/commit";
import { foldUsage } from "@/lib/ledger/fold-usage";
import { getUsage } from "@/lib/ledger/usage";
import { readUsage, type UsageLine } from "@/lib/ledger/usage-spends";
import { credits } from "@/lib/money/credits";
import { openTestDatabase } from "../../../../../dev/testing/database";
import { makeAccount } from "../../../../../dev/testing/factories";
import { EVERY_DAY } from "../../../../../dev/testing/usage";
import { usageCsv } from "./usage-csv";

const test = openTestDatabase();
const HEADER = "time_utc,seq,category,model,reference,credits,grant,grant_kind,hold";

const purposeOf = (resource: string | null, reference: string | null) =>
  ({ category: "platform", resource, reference }) as const;

async function spend(
  accountId: string,
  amount: bigint,
  purpose: ReturnType<typeof purposeOf>,
): Promise<void> {
  const command = { kind: "spend", credits: credits(amount), purpose } as const;
  await transact(test.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
}

/** Spends of a grant that is used up, behind an account's entries, over 40 days. */
async function addPastSpends(accountId: string, spends: number): Promise<void> {
  await test.owner.begin(async (owner) => {
    const id = newId();
    const total = spends * 7;
    await owner`
      insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
        expired_credits, revoked_credits, starts_at, expires_at, created_at)
      values (${accountId}, ${id}, 'promotional', 'past', ${total}, 0, 0, ${total}, 0, 0,
        now() - interval '50 days', now() - interval '1 day', now() - interval '50 days')`;
    await owner`
      insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, category, resource)
      select ${accountId}, b.last_seq + n + 1, ${id}, (case n when 0 then 'issued' else 'available' end)::bucket,
        (case n when 0 then 'available' else 'spent' end)::bucket, case n when 0 then ${total}::bigint else 7 end,
        now() - interval '40 days' * (1 - n / ${spends}::float),
        (case when n > 0 then 1 + n % 3 end)::smallint,
        case when n > 0 then 'model-' || n % 5 end
      from balances as b cross join generate_series(0, ${spends}::int) as n where b.account_id = ${accountId}`;
    await owner`update balances set last_seq = last_seq + ${spends + 1} where account_id = ${accountId}`;
    await owner`
      update grants as g set cycle_from = b.cycle_start, cycle_used_credits = (
        select coalesce(sum(e.credits), 0) from entries as e
        where e.account_id = ${accountId} and e.grant_id = ${id} and e.to_bucket = 'spent' and e.at >= b.cycle_start
      ) from balances as b where b.account_id = ${accountId} and g.account_id = ${accountId} and g.id = ${id}`;
  });
}

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe("the CSV file of usage", () => {
  it("adds up to what the page shows, with a history of 60,000 spends", async () => {
    const { accountId } = await makeAccount(test.db);
    await addPastSpends(accountId, 60_000);
    await foldUsage(test.db, accountId);
    await spend(accountId, 11n, purposeOf(null, null));
    for (const filter of [EVERY_DAY, { ...EVERY_DAY, category: "platform", resource: "model-2" } as const]) {
      const usage = await getUsage(test.db, accountId, filter);
      const [header, ...rows] = (await textOf(usageCsv(readUsage(test.db, accountId, filter))))
        .trimEnd()
        .split("\n");
      expect(header).toBe(HEADER);
      expect(BigInt(rows.length)).toBe(usage.spends);
      expect(rows.reduce((sum, row) => sum + BigInt(row.split(",")[5] ?? ""), 0n)).toBe(usage.credits);
    }
  });

  it("reads no further than its reader, in pieces of bounded size, and stops when the reader goes", async () => {
    const { accountId } = await makeAccount(test.db);
    await addPastSpends(accountId, 20_000);
    let taken = 0;
    let ended = false;
    async function* counted(): AsyncGenerator<readonly UsageLine[]> {
      try {
        for await (const batch of readUsage(test.db, accountId, EVERY_DAY)) {
          taken += 1;
          yield batch;
        }
      } finally {
        ended = true;
      }
    }
    const reader = usageCsv(counted()).getReader();
    for (let chunk = 0; chunk < 5; chunk += 1) {
      const { value } = await reader.read();
      expect(value?.byteLength).toBeLessThan(200_000);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(taken).toBeLessThanOrEqual(chunk + 1);
    }
    await reader.cancel();
    expect(ended).toBe(true);
    expect(taken).toBeLessThan(7);
  });

  it("quotes what needs it, and disarms what a spreadsheet would run", async () => {
    const { accountId } = await makeAccount(test.db);
    await spend(accountId, 3n, purposeOf("=1+1", '@sum(a1)\n"quoted", and a comma'));
    await spend(accountId, 2n, purposeOf("-large", "\t+x"));
    const csv = await textOf(usageCsv(readUsage(test.db, accountId, EVERY_DAY)));
    expect(csv).toContain(",platform,'-large,'\t+x,2,");
    expect(csv).toContain(`,platform,'=1+1,"'@sum(a1)\n""quoted"", and a comma",3,`);
  });

  it("names grants and holds as the API does", async () => {
    const { accountId } = await makeAccount(test.db);
    const holdId = newId();
    const purpose = purposeOf("large", "run 7");
    const hold = { kind: "hold", holdId, credits: credits(9n), ttlMs: 60_000, purpose } as const;
    const capture = { kind: "capture", holdId, credits: credits(4n) } as const;
    for (const command of [hold, capture]) {
      await transact(test.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
    }
    const [grant] = await test.owner`select id from grants where account_id = ${accountId}`;
    const csv = await textOf(usageCsv(readUsage(test.db, accountId, EVERY_DAY)));
    const end = `,platform,large,run 7,4,${toPublicId("grant", grant?.id)},plan,${toPublicId("hold", holdId)}\n`;
    expect(csv).toMatch(/\n\d{4}-\d\d-\d\dT[\d:.]+Z,3,platform/);
    expect(csv.endsWith(end)).toBe(true);
  });
});
