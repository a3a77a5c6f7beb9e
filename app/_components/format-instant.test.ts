import { describe, expect, it } from "vitest";
import { formatInstant, monthName, zoneName } from "./format-instant";

const instant = new Date("2026-12-04T08:14:00.000Z");

describe("an instant", () => {
  it("is shown in the customer's time zone, with its name", () => {
    expect(formatInstant(instant, { locale: "en-US", timeZone: "Europe/Berlin" })).toBe(
      "Dec 4, 2026, 09:14 GMT+1",
    );
    expect(formatInstant(instant, { locale: "en-US", timeZone: "UTC" })).toBe("Dec 4, 2026, 08:14 UTC");
  });

  it("falls on the customer's day, not on ours", () => {
    const where = { locale: "en-US", timeZone: "Pacific/Auckland" };
    expect(formatInstant(new Date("2026-12-04T23:30:00Z"), where, "date")).toBe("Dec 5, 2026");
    expect(formatInstant(new Date("2026-12-04T23:30:00Z"), where, "day")).toBe("Dec 5");
  });

  it("at midnight is 00:00, never 24:00", () => {
    const midnight = new Date("2026-12-04T00:00:00Z");
    expect(formatInstant(midnight, { locale: "en-US", timeZone: "UTC" }, "short")).toBe("Dec 4, 00:00");
  });

  it("lies in the month and the zone of the customer, named in English", () => {
    const where = { locale: "de-DE", timeZone: "Pacific/Auckland" };
    expect(monthName(new Date("2026-11-30T12:00:00Z"), where)).toBe("December");
    expect(zoneName({ locale: "en-US", timeZone: "Europe/Berlin" }, instant)).toBe("GMT+1");
  });
});
