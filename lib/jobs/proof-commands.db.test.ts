import { execFile } from "node:child_process";
import { expect, it } from "vitest";
import { orders } from "../../db/schema";
import { takeBackup } from "../../dev/testing/backup";
import { buyingAt } from "../../dev/testing/buying";
import { compiled } from "../../dev/testing/compiled";
import { openShop } from "../../dev/testing/shop";
import { newId } from "../ids";

const shop = openShop();
const { place, confirm } = buyingAt(shop);

/** Exit code and output of a command. */
async function command(name: string, ...args: string[]): Promise<[number, string]> {
  const program = await compiled(`lib/jobs/${name}-main.ts`);
  const env = {
    ...process.env,
    DATABASE_URL: shop.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_shop",
    STRIPE_WEBHOOK_SECRET: "whsec_proof",
    STRIPE_API_BASE: `http://127.0.0.1:${shop.simulator.port}`,
    LOG_LEVEL: "silent",
  };
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve([Number(error?.code ?? 0), `${stdout}${stderr}`]),
    ),
  );
}

it("reconcile tells by its exit code whether everything is explained, and recover brings a restored database up to date", async () => {
  const buyer = await shop.makeBuyer();
  const restore = await takeBackup(shop.owner);
  const orderId = await place(buyer);
  expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "paid" } });
  const [code, out] = await command("reconcile");
  expect([code, out]).toEqual([
    0,
    expect.stringContaining("charged 50000 = orders 50000 (1, 40000000 credits)"),
  ]);
  expect(out).toMatch(/Books: \d+ entries of 1 accounts/);

  await restore();
  const lost = await command("reconcile", "--day", new Date().toISOString().slice(0, 10));
  expect(lost).toEqual([1, expect.stringContaining("charge_without_order")]);
  expect(await command("recover", "--since", "soon")).toMatchObject([2, expect.stringContaining("Usage")]);
  expect(await command("recover", "--since", new Date(Date.now() - 86_400_000).toISOString())).toEqual([
    0,
    expect.stringContaining("1 orders brought back"),
  ]);
  expect(await shop.db.$count(orders)).toBe(1);
  const today = new Date().toISOString().slice(0, 10);
  expect((await command("reconcile", "--day", today))[0]).toBe(0);
  await shop.owner`insert into reconciled_days (day, finished_at, drift, result) values ('2020-02-03', now(), 2, '{}')`;
  expect(
    await command("reconcile", "--day", today),
    "a clean day, and another that is not explained",
  ).toEqual([1, expect.stringContaining("2 of 2020-02-03")]);
  await shop.owner`delete from reconciled_days where day = '2020-02-03'`;
  const stray = newId();
  await shop.owner`insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
    values (${buyer.accountId}, 99, ${stray}, 'issued', 'available', 8, now())`;
  await shop.owner`update balances set last_seq = 99 where account_id = ${buyer.accountId}`;
  const books = await command("reconcile", "--books");
  expect(books).toEqual([1, expect.stringContaining("entries of no grant")]);
  expect((await command("reconcile", "--books", "--full"))[0]).toBe(1);
  await shop.owner`delete from entries where account_id = ${buyer.accountId} and grant_id = ${stray}`;
  await shop.owner`update balances set last_seq = (select max(seq) from entries e where e.account_id = balances.account_id) where account_id = ${buyer.accountId}`;
  expect((await command("reconcile", "--books", "--full"))[0]).toBe(0);
}, 240_000);
