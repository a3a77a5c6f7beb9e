import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { addDays, dayIn, startOfDayIn } from "./local-days";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];
const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const YEARS = { min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) };

/** The day as another locale's calendar writes it, made by another path than the one that is tested. */
const shownDay = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(at);

const hoursOf = (timeZone: string, day: string): number =>
  (startOfDayIn(timeZone, addDays(day, 1)).getTime() - startOfDayIn(timeZone, day).getTime()) / HOUR_MS;
const startIn = (timeZone: string, day: string) => startOfDayIn(timeZone, day).toISOString();

describe("days of a zone", () => {
  it.each([
    ["UTC", "2026-11-25", "2026-11-25T00:00:00.000Z", 24],
    ["Asia/Kathmandu", "2026-11-25", "2026-11-24T18:15:00.000Z", 24],
    ["Asia/Kolkata", "2026-11-25", "2026-11-24T18:30:00.000Z", 24],
    ["Pacific/Kiritimati", "2026-11-25", "2026-11-24T10:00:00.000Z", 24],
    ["Pacific/Pago_Pago", "2026-11-25", "2026-11-25T11:00:00.000Z", 24],
    // Put forward and back in the night, as most do.
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", 23],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z", 23.5],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 24.5],
    // Put forward at midnight: the day begins at one.
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", 23],
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", 23],
    // Put back to midnight, or over it.
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
    ["America/Santiago", "2026-04-04", "2026-04-04T03:00:00.000Z", 25],
  ])("in %s, %s begins at %s and has %d hours", (timeZone, day, start, hours) => {
    expect([startIn(timeZone, day), hoursOf(timeZone, day)]).toEqual([start, hours]);
  });

  it("are told for days long ago and far away too", () => {
    expect(startIn("Asia/Kathmandu", "9998-12-31")).toBe("9998-12-30T18:15:00.000Z");
    expect(dayIn("America/New_York", new Date(0))).toBe("1969-12-31");
    expect(addDays("2024-03-01", -1)).toBe("2024-02-29");
  });

  test.prop([fc.constantFrom(...ZONES), fc.integer(YEARS)], { numRuns: 1_000 })(
    "hold every instant once, and begin with a quarter of an hour",
    (timeZone, instant) => {
      const day = dayIn(timeZone, new Date(instant));
      expect(day).toBe(shownDay(timeZone, instant));
      const [start, end] = [
        startOfDayIn(timeZone, day).getTime(),
        startOfDayIn(timeZone, addDays(day, 1)).getTime(),
      ];
      expect(start <= instant && instant < end).toBe(true);
      expect([shownDay(timeZone, start), shownDay(timeZone, start - 1)]).toEqual([day, addDays(day, -1)]);
      expect(start % QUARTER_MS).toBe(0);
    },
  );

  it("do so wherever clocks are changed, in every zone", () => {
    const wrong: string[] = [];
    const changed = { days: 0 };
    for (const timeZone of ZONES) {
      for (let day = "2026-01-01"; day < "2027-01-01"; day = addDays(day, 1)) {
        if (hoursOf(timeZone, day) === 24) continue;
        changed.days += 1;
        const start = startOfDayIn(timeZone, day).getTime();
        const end = startOfDayIn(timeZone, addDays(day, 1)).getTime();
        const shown = [start - 1, start, end - 1, end].map((at) => shownDay(timeZone, at));
        if (`${shown}` !== `${[addDays(day, -1), day, day, addDays(day, 1)]}`)
          wrong.push(`${timeZone} ${day}: ${shown}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(changed.days).toBeGreaterThan(200);
  });
});
