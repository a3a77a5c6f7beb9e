import { expect, it } from "vitest";
import { creditMonths } from "@/lib/desk/money/credit-months";
import { creditsCsv, daysCsv, soldCsv } from "./money-csv";

const text = (csv: ReadableStream<Uint8Array>) => new Response(csv).text();

it("writes days, what was sold and credits to the cent and the credit, and a header where there is nothing", async () => {
  const day = {
    day: "2026-11-29",
    currency: "usd",
    orders: 2,
    ordersCents: 100_000n,
    creditsSold: 80_000_000n,
    planInvoices: 1,
    plansCents: 29_900n,
    refundedCents: 12_345n,
    disputedCents: 0n,
    netCents: 117_555n,
    atStripe: { chargedCents: 129_900n, differences: 0 },
  };
  const of = [
    { what: "bundle", id: "usd500", currency: "usd", sales: 2, cents: 100_000n, credits: 80_000_000n },
  ] as const;
  const revenue = { days: [day, { ...day, day: "2026-11-30", atStripe: null }], of, totals: [] };
  expect((await text(daysCsv(revenue))).split("\n").slice(0, 3)).toEqual([
    "day_utc,currency,orders,orders_cents,credits_sold,plan_invoices,plans_cents,refunded_cents,disputed_cents,net_cents,stripe_charged_cents,differences",
    "2026-11-29,usd,2,100000,80000000,1,29900,12345,0,117555,129900,0",
    "2026-11-30,usd,2,100000,80000000,1,29900,12345,0,117555,,",
  ]);
  expect(await text(soldCsv(revenue))).toBe(
    "what,id,currency,sales,cents,credits\nbundle,usd500,usd,2,100000,80000000\n",
  );
  const months = creditMonths(
    [
      { month: "2026-11", kind: "plan", from: "issued", to: "available", credits: 10n ** 20n },
      { month: "2026-11", kind: "plan", from: "available", to: "spent", credits: 1n },
    ],
    "2026-11",
  );
  expect((await text(creditsCsv(months))).split("\n")[1]).toBe(
    "2026-11,100000000000000000000,100000000000000000000,0,0,0,1,0,0,99999999999999999999,99999999999999999999,0,0,0,0",
  );
  expect((await text(creditsCsv([]))).split("\n")).toHaveLength(2);
});
