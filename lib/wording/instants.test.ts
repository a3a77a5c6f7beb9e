import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { LOCALES } from "@/lib/auth/regional";
import { formatInstant, monthName, zoneName, zonePlace } from "./instants";

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
    expect(["America/New_York", "Asia/Calcutta", "UTC"].map(zonePlace)).toEqual([
      "America/New York",
      "Asia/Kolkata",
      "UTC",
    ]);
  });
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FROM = Date.parse("2026-01-01T00:00:00Z");
const TO = Date.parse("2029-01-01T00:00:00Z");
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

/** How far the zone's clock is ahead of UTC, read from another formatter than the pages'. */
function offsetReader(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset", hour: "numeric" });
  return (instant) => {
    const [, sign, hours, minutes = "0"] =
      /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(instant))?.map((each) => each ?? "") ?? [];
    const ahead = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
    return sign === "-" ? -ahead : ahead;
  };
}

/** The first minutes of another offset, found by halving weeks in which it changed. */
function changes(offset: (instant: number) => number): number[] {
  const found: number[] = [];
  for (let from = FROM; from < TO; from += 7 * DAY_MS) {
    let [before, after] = [from, from + 7 * DAY_MS];
    if (offset(before) === offset(after)) continue;
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS;
      if (offset(middle) === offset(before)) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}

const boundaries = [
  "2026-01-31T09:14:00Z",
  "2026-02-28T09:14:00Z",
  "2026-03-31T09:14:00Z",
  "2026-12-31T23:59:59.999Z",
  "2027-01-01T00:00:00Z",
  "2028-02-29T00:00:00Z",
  "2028-02-29T23:59:59.999Z",
].map((text) => Date.parse(text));

const around = (instant: number) =>
  [-HOUR_MS, -1, 0, 1, MINUTE_MS, HOUR_MS - 1, HOUR_MS].map((step) => instant + step);

/** `Dec 4, 2026, 09:14 GMT+1` → the minute on that clock, and the zone's name. */
function read(text: string): { clock: number; zone: string } {
  const [, date, time, zone] = /^([A-Z][a-z]{2} \d{1,2}, \d{4}), (\d\d:\d\d) (\S.*)$/.exec(text) ?? [];
  return { clock: Date.parse(`${date} ${time} UTC`), zone: zone ?? "" };
}

describe("in every time zone there is, around every change of its clocks and every boundary of a period", () => {
  it("an instant reads back to its minute, and two minutes never read the same", () => {
    const wrong: string[] = [];
    for (const timeZone of ZONES) {
      const where = { locale: "en-US", timeZone };
      const offset = offsetReader(timeZone);
      const minutes = new Map<string, number>();
      for (const instant of [...boundaries, ...changes(offset)].flatMap(around)) {
        const minute = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
        const text = formatInstant(new Date(instant), where);
        const { clock, zone } = read(text);
        if (clock !== minute + offset(instant)) wrong.push(`${timeZone}: ${minute} as ${text}`);
        if (zone === "" || zone !== zoneName(where, new Date(instant)))
          wrong.push(`${timeZone}: ${text} has another zone than its table`);
        if ((minutes.get(text) ?? minute) !== minute) wrong.push(`${timeZone}: two minutes are ${text}`);
        minutes.set(text, minute);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("finds the changes it looks around: Berlin's six in three years, Auckland's, none in Tokyo", () => {
    const of = (timeZone: string) =>
      changes(offsetReader(timeZone)).map((each) => new Date(each).toISOString());
    expect(of("Europe/Berlin")).toHaveLength(6);
    expect(of("Europe/Berlin")[0]).toBe("2026-03-29T01:00:00.000Z");
    expect(of("Pacific/Auckland")).toHaveLength(6);
    expect(of("Asia/Tokyo")).toEqual([]);
    expect(ZONES.length).toBeGreaterThan(400);
  });

  test.prop(
    [
      fc.constantFrom(...LOCALES),
      fc.constantFrom(...ZONES),
      fc.date({ min: new Date(FROM), max: new Date(TO), noInvalidDate: true }),
    ],
    { numRuns: 500 },
  )("every locale shows the same clock, and names the zone", (locale, timeZone, instant) => {
    const where = { locale, timeZone };
    const clock = new Date(instant.getTime() + offsetReader(timeZone)(instant.getTime()));
    const text = formatInstant(instant, where);
    expect(text).toMatch(
      new RegExp(`(?<!\\d)${clock.toISOString().slice(11, 16).replace(":", "\\D{1,3}")}(?!\\d)`),
    );
    expect(text).toMatch(new RegExp(`(?<!\\d)${clock.getUTCFullYear()}(?!\\d)`));
    const zone = zoneName(where, instant);
    expect(zone.trim()).not.toBe("");
    expect(text).toContain(zone);
  });
});
