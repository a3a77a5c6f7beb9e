import { describe, expect, it } from "vitest";
import { exportPath, type HistoryFilter, historyPath, readHistoryQuery, spanOf } from "./history-query";

const NOW = new Date("2026-11-25T23:30:00Z");
const ask = (raw: Record<string, string | string[]>) => readHistoryQuery(raw, { now: NOW, timeZone: "UTC" });
const EVERYTHING: HistoryFilter = { timeZone: "UTC", kind: "all", from: null, to: null };

describe("what an address asks of the history", () => {
  it("is everything when it asks nothing", () => {
    expect(ask({})).toEqual({
      filter: EVERYTHING,
      cursors: { orders: null, refunds: null, invoices: null, credits: null },
      today: "2026-11-25",
      problems: [],
    });
    expect(spanOf(EVERYTHING)).toBeNull();
  });

  it("takes whole days, both ends included, each end by itself", () => {
    const of = (raw: Record<string, string>) => spanOf(ask(raw).filter);
    expect(of({ from: "2026-11-01", to: "2026-11-30" })).toEqual({
      start: new Date("2026-11-01T00:00:00Z"),
      end: new Date("2026-12-01T00:00:00Z"),
    });
    expect(of({ from: "2026-11-01" })?.end.getUTCFullYear()).toBe(9999);
    expect(of({ to: "2024-02-29" })).toEqual({ start: new Date(0), end: new Date("2024-03-01T00:00:00Z") });
    expect(of({ from: "2026-11-25", to: "2026-11-25" })?.start).toEqual(new Date("2026-11-25T00:00:00Z"));
  });

  it("takes the days of the customer's zone", () => {
    const asked = readHistoryQuery(
      { from: "2026-11-25", to: "2026-11-25" },
      { now: NOW, timeZone: "Asia/Kathmandu" },
    );
    expect(asked.today).toBe("2026-11-26");
    expect(spanOf(asked.filter)).toEqual({
      start: new Date("2026-11-24T18:15:00Z"),
      end: new Date("2026-11-25T18:15:00Z"),
    });
  });

  it.each([
    [{ from: "yesterday" }, ["range"]],
    [{ from: "2026-02-30" }, ["range"]],
    [{ from: "2026-11-25", to: "2026-11-24" }, ["range"]],
    [{ to: ["2026-11-24", "2026-11-25"] }, ["range"]],
    [{ show: "disputes" }, ["kind"]],
    // What JavaScript calls a day and Postgres does not, and days with none after them.
    [{ from: "0000-01-01" }, ["range"]],
    [{ from: "0001-01-01" }, ["range"]],
    [{ to: "9999-12-31" }, ["range"]],
    [{ from: "-271821-04-20" }, ["range"]],
    [{ from: "+275760-09-13" }, ["range"]],
    [{ from: "2026-11-01T00:00:00Z" }, ["range"]],
    [{ from: "2026-11-01\n" }, ["range"]],
    [{ from: "2".repeat(10_000) }, ["range"]],
    [{ from: "constructor", to: "__proto__" }, ["range"]],
    [{ show: ["orders", "orders"], from: "x" }, ["kind", "range"]],
  ])("shows everything in place of %j, and says so", (raw, problems) => {
    expect(ask(raw as Record<string, string>)).toMatchObject({ filter: EVERYTHING, problems });
  });

  it("has bounds that the database can compare with, at the ends of what can be asked for too", () => {
    const span = spanOf(ask({ from: "1970-01-01", to: "9998-12-31" }).filter);
    expect(span?.start.toISOString()).toBe("1970-01-01T00:00:00.000Z");
    expect(span?.end.toISOString()).toBe("9999-01-01T00:00:00.000Z");
  });

  it("keeps a good half of a question whose other half is none", () => {
    expect(ask({ show: "invoices", from: "x" }).filter).toEqual({ ...EVERYTHING, kind: "invoices" });
    expect(ask({ show: "x", from: "2026-11-01" }).filter).toEqual({ ...EVERYTHING, from: "2026-11-01" });
  });

  it("is found again in the address that leads back to it, and in the file's", () => {
    const filter: HistoryFilter = { ...EVERYTHING, kind: "credits", from: "2026-01-01", to: null };
    const cursors = { orders: null, refunds: "1.rfd_1", invoices: "1.in_1", credits: "grt_1" };
    const url = new URL(historyPath(filter, cursors, "credits"), "https://example.com");
    expect(ask(Object.fromEntries(url.searchParams))).toMatchObject({ filter, cursors });
    expect(url.hash).toBe("#credits");
    expect(exportPath(filter)).toBe("/settings/billing/history/export?show=credits&from=2026-01-01");
    expect(historyPath(EVERYTHING)).toBe("/settings/billing/history");
  });
});
