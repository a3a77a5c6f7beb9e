import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, orders } from "@/db/schema";
import { confirmOrder } from "@/lib/billing/orders/confirm";
import { placeOrder } from "@/lib/billing/orders/place";
import { listOrders } from "@/lib/billing/orders/queries";
import { refundOrder } from "@/lib/billing/orders/returns/refund";
import { listInvoices } from "@/lib/billing/subscriptions/queries";
import { newId } from "@/lib/ids";
import { listGrants } from "@/lib/ledger/queries";
import { cents } from "@/lib/money/credits";
import { DAY, openPlanShop, type Subscriber } from "../../../../../dev/testing/plans";
import type { HistoryFilter } from "../history-query";
import { historyCsv } from "./history-csv";
import { readHistory } from "./history-lines";

const shop = openPlanShop();
const EVERYTHING: HistoryFilter = { timeZone: "UTC", kind: "all", from: null, to: null };
const HEADER =
  "kind,time_utc,id,number,what,status,amount_usd,credits,used,paid_back,held,left,frozen,expired,revoked,starts_utc,ends_utc,document";

type Row = Readonly<Record<string, string>>;

/** None of these values has a comma in it. */
async function rowsOf(accountId: string, filter: HistoryFilter, now = shop.clock.now()): Promise<Row[]> {
  const csv = await new Response(
    historyCsv(readHistory(shop.db, accountId, filter), { now, appUrl: "https://refill.example" }),
  ).text();
  const [header = "", ...lines] = csv.trimEnd().split("\n");
  expect(header).toBe(HEADER);
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.replaceAll(/"([^"]*)"/g, (_, text) => text.replaceAll(",", ";")).split(",");
    expect(cells).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}

/** Was on Free for a day, and then subscribed. */
async function makeSubscriber(): Promise<Subscriber> {
  const who = await shop.makeFree();
  await shop.passes(DAY);
  await shop.subscribe(who);
  return who;
}

async function buy(who: Subscriber): Promise<void> {
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  await confirmOrder(shop.deps, {
    accountId: who.accountId,
    orderId: placed.value.orderId,
    paymentMethodId: null,
    expiryAcknowledged: true,
  });
}

describe("the CSV file of the history", () => {
  it("has every order, invoice and grant, in exact figures, named as on the page", async () => {
    const who = await makeSubscriber();
    await buy(who);
    await shop.spend(who, 1_500_000n);
    const rows = await rowsOf(who.accountId, EVERYTHING);
    expect(
      rows.map(({ kind, what, status, amount_usd, credits, used }) => [
        kind,
        what,
        status,
        amount_usd,
        credits,
        used,
      ]),
    ).toEqual([
      ["order", "Add-on credits", "paid", "100.00", "8000000", ""],
      ["invoice", "Starter plan", "paid", "299.00", "", ""],
      ["credits", `Add-on; order ${rows[0]?.number}`, "running", "", "8000000", "0"],
      ["credits", "Starter plan; February", "running", "", "24000000", "500000"],
      ["credits", "Free plan; January", "running", "", "1000000", "1000000"],
    ]);
    // Our own addresses: those that Stripe gives end after weeks.
    const documents = "https://refill.example/settings/billing/documents";
    const [order, invoice, ...others] = rows;
    expect(order?.document).toBe(`${documents}/receipts/${order?.id}`);
    expect(invoice?.document).toBe(`${documents}/invoices/${invoice?.id}`);
    expect(others.map(({ document }) => document)).toEqual(["", "", ""]);
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
    for (const row of rows.filter(({ what }) => what !== "Free plan; January")) {
      expect(row.ends_utc).toBe(account?.periodEnd.toISOString());
    }
  });

  it("has a refund as a row of its own: what came back of which order, and what it took of the credits", async () => {
    const who = await makeSubscriber();
    await buy(who);
    const [bought] = await shop.db.select().from(orders).where(eq(orders.accountId, who.accountId));
    const ref = { accountId: who.accountId, orderId: bought?.id ?? "" };
    const by = { as: "operator", userId: who.userId } as const;
    await refundOrder(shop.deps, ref, { amountCents: cents(2_500n), by, why: "asked for" });
    const all = await rowsOf(who.accountId, EVERYTHING);
    expect(all.map(({ kind, status }) => [kind, status])).toEqual([
      ["order", "partially_refunded"],
      ["refund", "succeeded"],
      ["invoice", "paid"],
      ["credits", "running"],
      ["credits", "running"],
      ["credits", "running"],
    ]);
    const refunds = await rowsOf(who.accountId, { ...EVERYTHING, kind: "refunds" });
    expect(refunds).toEqual(all.slice(1, 2));
    expect(refunds).toMatchObject([
      {
        number: bought?.reference,
        what: "Refund",
        amount_usd: "25.00",
        credits: "",
        revoked: "2000000",
        document: all[0]?.document,
      },
    ]);
    expect(all.find(({ number, kind }) => kind === "credits" && number === bought?.reference)).toMatchObject({
      revoked: "2000000",
    });
  });

  it("has what the lists of the page have, for any days and kind", async () => {
    const who = await makeSubscriber();
    await buy(who);
    const firstDay = shop.clock.now().toISOString().slice(0, 10);
    await shop.passes(40 * DAY);
    await shop.sync(who);
    await buy(who);
    const all = await rowsOf(who.accountId, EVERYTHING);
    expect(all.map((each) => each.kind).toSorted()).toEqual([
      ...Array<string>(5).fill("credits"),
      ...Array<string>(2).fill("invoice"),
      ...Array<string>(2).fill("order"),
    ]);
    const day = { from: firstDay, to: firstDay };
    const early = await rowsOf(who.accountId, { ...EVERYTHING, ...day });
    expect(early.map((each) => each.kind)).toEqual(["order", "invoice", "credits", "credits"]);
    expect(early.every((each) => each.time_utc?.startsWith(firstDay))).toBe(true);
    const late = await rowsOf(who.accountId, { ...EVERYTHING, from: firstDay });
    expect(late).toEqual(all.slice(0, -1)); // The first was given the day before.
    for (const kind of ["orders", "invoices", "credits"] as const) {
      const rows = await rowsOf(who.accountId, { ...EVERYTHING, kind });
      expect(rows).toEqual(all.filter((each) => kind.startsWith(each.kind ?? "?")));
    }
    expect(await rowsOf(who.accountId, { ...EVERYTHING, to: "2020-01-01" })).toEqual([]);
  });

  it("adds up: what was given is what is used, left, expired and revoked", async () => {
    const who = await makeSubscriber();
    await shop.spend(who, 3_000_000n);
    await shop.passes(40 * DAY);
    await shop.sync(who);
    const rows = await rowsOf(who.accountId, { ...EVERYTHING, kind: "credits" });
    const parts = ["used", "paid_back", "held", "left", "frozen", "expired", "revoked"] as const;
    for (const row of rows) {
      const sum = parts.reduce((total, part) => total + BigInt(row[part] ?? ""), 0n);
      expect(sum, row.what).toBe(BigInt(row.credits ?? ""));
    }
    expect(rows.find(({ what }) => what === "Starter plan; February")).toMatchObject({
      status: "ended",
      used: "2000000",
      expired: "22000000",
    });
  });

  it("reads every page of every list, each row once, and nobody else's", async () => {
    const [who, stranger] = [await makeSubscriber(), await makeSubscriber()];
    await buy(stranger);
    for (let month = 0; month < 4; month += 1) {
      await buy(who);
      await shop.passes(31 * DAY);
      await shop.sync(who);
    }
    type Lists = { cursor: string | null; ids: string[] };
    const walk = async (
      read: (cursor: string | null) => Promise<{ nextCursor: string | null; ids: string[] }>,
    ) => {
      const all: Lists = { cursor: null, ids: [] };
      do {
        const page = await read(all.cursor);
        expect(page.ids.length).toBeLessThanOrEqual(1);
        all.ids.push(...page.ids);
        all.cursor = page.nextCursor;
      } while (all.cursor);
      return all.ids;
    };
    const most = { most: 1 };
    const paged = [
      ...(await walk(async (cursor) => {
        const { orders, nextCursor } = await listOrders(shop.db, who.accountId, cursor, most);
        return { nextCursor, ids: orders.map((each) => each.id) };
      })),
      ...(await walk(async (cursor) => {
        const { invoices, nextCursor } = await listInvoices(shop.db, who.accountId, cursor, most);
        return { nextCursor, ids: invoices.map((each) => each.id) };
      })),
      ...(await walk(async (cursor) => {
        const { grants, nextCursor } = await listGrants(shop.db, who.accountId, cursor, most);
        return { nextCursor, ids: grants.map((each) => `grt_${each.id.replaceAll("-", "")}`) };
      })),
    ];
    const rows = await rowsOf(who.accountId, EVERYTHING);
    expect(rows.map((each) => each.id)).toEqual(paged);
    expect(new Set(paged).size).toBe(paged.length);
    expect(rows.filter((each) => each.kind === "order")).toHaveLength(4);
    expect(rows.filter((each) => each.kind === "invoice").length).toBeGreaterThanOrEqual(4);
  });
});
