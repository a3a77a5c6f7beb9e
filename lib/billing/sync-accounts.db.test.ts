import { execFile } from "node:child_process";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts } from "../../db/schema";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { openPlanShop } from "../../dev/testing/plans";
import { newId, toPublicId } from "../ids";
import type { BillingDeps } from "./deps";
import { type SyncedAccount, syncAllAccounts, syncOneAccount } from "./sync-accounts";

const shop = openPlanShop();

/** Stripe says nothing of customers that are away. Who is asked about is noted. */
function listen(isAway: (customer: string) => boolean = () => false) {
  const asked: string[] = [];
  const { plans } = shop.deps;
  const about =
    <Rest extends unknown[], T>(read: (customer: string, ...rest: Rest) => Promise<T>) =>
    async (customer: string, ...rest: Rest) => {
      asked.push(customer);
      if (isAway(customer)) return { kind: "unknown", reason: "away", serverSaidNo: false } as const;
      return read(customer, ...rest);
    };
  const reads = { readBilling: about(plans.readBilling) };
  const deps: BillingDeps = { ...shop.deps, plans: { ...plans, ...reads } };
  const told: SyncedAccount[] = [];
  const watch = { onSynced: (synced: SyncedAccount) => void told.push(synced), isStopped: () => false };
  return { deps, asked, told, watch };
}

/** Customers that nobody knows at Stripe: here nobody asks there. */
const makeCustomers = async (many: number) => {
  const made: string[] = [];
  for (let each = 0; each < many; each += 1) {
    const { accountId } = await shop.makeFree();
    await shop.db
      .update(accounts)
      .set({ stripeCustomerId: `cus_away${newId().replaceAll("-", "")}` })
      .where(eq(accounts.id, accountId));
    made.push(accountId);
  }
  return made.toSorted();
};
const isAway = (customer: string) => customer.startsWith("cus_away");

describe("asking Stripe again by hand", () => {
  it("says what changed of an account, and nothing where nothing did", async () => {
    const who = await shop.makeSubscriber();
    await shop.upgradeAtStripe(who);
    const { deps, told, watch } = listen();
    const report = await syncOneAccount(deps, who.accountId, watch);
    expect(report).toEqual({ done: 1, changed: 1, unread: [], stopped: null, next: null });
    const { plan, period } = await shop.stateOf(who);
    expect(plan).toBe("premium");
    expect(told[0]?.changes).toContainEqual({ name: "plan", from: "starter", to: "premium" });
    expect(told[0]?.changes.map(({ name }) => name)).toContain("credits");
    for (const { name, to } of told[0]?.changes ?? []) if (name === "cycleEnd") expect(to).toBe(period[1]);
    await syncOneAccount(deps, who.accountId, watch);
    expect(told[1]).toEqual({ accountId: who.accountId, read: true, changes: [] });
  });

  it("takes nothing that is spent meanwhile for a change", async () => {
    const who = await shop.makeSubscriber();
    const { deps, told, watch } = listen();
    const { plans } = deps;
    const meanwhile =
      <Asked extends unknown[], T>(read: (...asked: Asked) => Promise<T>) =>
      async (...asked: Asked) => {
        await shop.spend(who, 5_000n);
        return read(...asked);
      };
    const reads = { readBilling: meanwhile(plans.readBilling) };
    await syncOneAccount({ ...deps, plans: { ...plans, ...reads } }, who.accountId, watch);
    expect(told).toEqual([{ accountId: who.accountId, read: true, changes: [] }]);
  });

  it("names whom Stripe said nothing of, keeps what they have, and reads the others", async () => {
    const [away, other] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    for (const who of [away, other]) await shop.upgradeAtStripe(who);
    const customer = await shop.customerOf(away);
    const before = await shop.stateOf(away);
    const { deps, watch } = listen((each) => each === customer);
    const report = await syncAllAccounts(deps, { from: null, ...watch });
    expect(report).toMatchObject({ unread: [away.accountId], stopped: null, next: null });
    expect(await shop.stateOf(away)).toEqual(before);
    expect((await shop.stateOf(other)).plan).toBe("premium");
  });

  it("can be stopped and goes on from where it was, asking about each customer", async () => {
    const who = [await shop.makeSubscriber(), await shop.makeSubscriber(), await shop.makeSubscriber()];
    const [first = ""] = who.map(({ accountId }) => accountId).toSorted();
    const { deps, told, watch } = listen();
    let starts = 0;
    const isStopped = () => {
      starts += 1;
      return starts > 1;
    };
    const stopped = await syncAllAccounts(deps, { from: first, ...watch, isStopped });
    expect(stopped).toMatchObject({ done: 1, stopped: "asked_to" });
    expect(told.map(({ accountId }) => accountId)).toEqual([first]);
    const rest = await syncAllAccounts(deps, { from: stopped.next, ...watch });
    expect(rest).toMatchObject({ done: 2, stopped: null, next: null });
    expect(new Set(told.map(({ accountId }) => accountId))).toEqual(
      new Set(who.map(({ accountId }) => accountId)),
    );
  });

  it("asks about nobody more while Stripe says nothing of anybody, and begins again with the first of those", async () => {
    const made = await makeCustomers(30);
    const { deps, asked, watch } = listen(isAway);
    const report = await syncAllAccounts(deps, { from: made[0] ?? "", ...watch });
    expect(report).toMatchObject({ stopped: "provider_away", next: made[0] });
    expect(asked.length).toBeLessThan(25);
  });
});

describe("the sync command", () => {
  it("says what changed, ends with 1 when somebody could not be read, and understands nothing else", async () => {
    const who = await shop.makeSubscriber();
    const id = toPublicId("account", who.accountId);
    await shop.upgradeAtStripe(who);
    const [code, out] = await command("--account", id);
    expect([code, out]).toEqual([0, expect.stringContaining(`${id}  plan starter → premium`)]);
    expect(await command("--account", id)).toEqual([0, ""]);
    const unknown = await makeCustomers(1);
    const unread = toPublicId("account", unknown[0] ?? "");
    expect(await command("--all", "--from", unread)).toEqual([1, `${unread}  could not be read`]);
    for (const wrong of [
      ["--all", "--account", id],
      ["--account", "acct_1"],
    ])
      expect([wrong, await command(...wrong)]).toEqual([wrong, [2, ""]]);
    expect(await command("--account", toPublicId("account", newId()))).toEqual([1, ""]);
  }, 120_000);
});

/** Exit code and standard output of `npm run sync -- …`. */
async function command(...args: string[]): Promise<[number, string]> {
  const program = await compiled("lib/jobs/sync-main.ts");
  const env = {
    ...process.env,
    DATABASE_URL: shop.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_shop",
    STRIPE_WEBHOOK_SECRET: "whsec_sync",
    STRIPE_API_BASE: `http://127.0.0.1:${shop.simulator.port}`,
  };
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { env, cwd: ROOT }, (error, stdout) =>
      resolve([Number(error?.code ?? 0), stdout.trim()]),
    ),
  );
}
