import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connect, type Database } from "@/db/client";
import { openShop } from "@/dev/testing/shop";
import { findCustomer } from "@/lib/auth/customer";
import type { SessionName } from "@/lib/auth/session-token";
import { createSession } from "@/lib/auth/sessions";
import { findSessionSubject } from "@/lib/auth/subject";
import { createCycleOpener } from "@/lib/billing/allowances/cycles/opener";

const shop = openShop();
const statements: string[] = [];
const here = { address: "127.0.0.1", browser: null, system: null };
/** What the page's process has: a database that counts, and the session of the request's cookie. */
const process = vi.hoisted(() => ({ deps: null as unknown, customer: async (): Promise<unknown> => null }));
vi.mock("@/lib/deps", () => ({ deps: () => process.deps }));
vi.mock("@/lib/auth/session", () => ({ requireCustomer: () => process.customer() }));

let db: Database;
beforeAll(() => {
  // But what is asked of a connection that is new, whenever the pool happens to make one: whether it is there, and its types.
  const isOfPool = (text: string) => text.trim() === "select 1" || text.includes("pg_catalog.pg_type");
  const onStatement = (text: string) => void (isOfPool(text) || statements.push(text));
  db = connect(shop.appUrl, { onStatement });
  process.deps = { ...shop.deps, db, openRunningCycle: createCycleOpener(db, shop.deps.log) };
});
afterAll(() => db.pool.end({ timeout: 5 }));

/** Signs this account's owner in, as the next request finds it. */
async function signIn(userId: string): Promise<void> {
  const subject = await findSessionSubject(shop.db, userId);
  if (!subject) throw new Error("nobody to sign in");
  const name: SessionName = await createSession(shop.db, subject, here);
  const rules = { idleSeconds: 3_600, operatorsNeedFactor: false };
  process.customer = async () => (await findCustomer(db, name, rules))?.customer;
}

describe("a page of billing", () => {
  it("asks the database three times for Overview: the session, the account, and the balance", async () => {
    const { userId } = await shop.makeBuyer();
    await signIn(userId);
    const { default: OverviewPage } = await import("./overview/page");
    await OverviewPage({ searchParams: Promise.resolve({}) });
    statements.length = 0;
    await OverviewPage({ searchParams: Promise.resolve({}) });
    expect(statements, statements.join("\n\n")).toHaveLength(3);
  });

  it("asks it three times more for Usage: what was used, where its entries are, and the newest of them", async () => {
    const { userId } = await shop.makeBuyer();
    await signIn(userId);
    const { default: UsagePage } = await import("./usage/page");
    await UsagePage({ searchParams: Promise.resolve({}) });
    statements.length = 0;
    await UsagePage({ searchParams: Promise.resolve({}) });
    expect(statements, statements.join("\n\n")).toHaveLength(6);
  });

  it("shows the running cycle, though nobody had opened it", async () => {
    const { accountId, userId } = await shop.makeBuyer({ daysIntoCycle: 31 });
    await signIn(userId);
    const { loadBilling } = await import("./load-billing");
    const { account, balance } = await loadBilling("/settings/billing/overview");
    expect(account.period.end.getTime()).toBeGreaterThan(Date.now());
    expect(balance).toMatchObject({ mustOpen: false, remaining: 24_000_000n });
    const [stored] = await shop.owner`select period_end from accounts where id = ${accountId}`;
    expect(stored?.period_end).toEqual(account.period.end);
    // Asked for the last cycle's usage, it would show another's.
    const [before] = await shop.owner<{ start: Date; end: Date }[]>`
      select starts_at as start, ends_at as end from allowances where account_id = ${accountId} order by starts_at limit 1`;
    expect(account.lastCycle).toEqual(before);
  });
});
