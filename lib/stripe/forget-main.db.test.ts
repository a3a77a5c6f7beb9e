import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { accounts } from "../../db/schema";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { openPlanShop } from "../../dev/testing/plans";

const shop = openPlanShop();

it("npm run stripe:forget, as somebody types it, changes nothing at first, and then puts subscribers on Free", async () => {
  await shop.owner`insert into stripe_account (id, live) values ('acct_old', false) on conflict do nothing`;
  const { accountId } = await shop.makeSubscriber();
  const main = await compiled("lib/stripe/forget-main.ts");
  const env = { ...process.env, DATABASE_OWNER_URL: shop.ownerUrl };
  const typed = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [main, ...args], { env, cwd: ROOT })).stdout;
  const plan = async () => (await shop.db.select().from(accounts).where(eq(accounts.id, accountId)))[0]?.plan;
  expect(await typed()).toContain("Nothing was changed.");
  expect(await plan()).toBe("starter");
  expect(await typed("--apply")).toContain("This database belongs to no Stripe account");
  expect(await plan()).toBe("free");
}, 60_000);
