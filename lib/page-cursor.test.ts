import { describe, expect, it } from "vitest";
import { readPageCursor, readSeqCursor, writePageCursor } from "./page-cursor";

const any = (id: string) => id;

describe("a cursor made up by hand", () => {
  it("is none, whatever the database would refuse or nobody wrote", () => {
    for (const text of [
      null,
      "",
      ".",
      "0",
      "-1.in_1",
      "1e3.in_1",
      "253402300800000.in_1", // The year 10000.
      "999999999999999.in_1", // The year 33658.
      "9999999999999999.in_1",
      "1.in_1\u0000",
      "1.in_1 ",
      "1.in_1\n",
      "१.in_1",
      "1.",
      `1.${"a".repeat(301)}`,
      "a".repeat(10_000),
    ]) {
      expect(readPageCursor(text, any), String(text).slice(0, 40)).toBeNull();
    }
    expect(readPageCursor("1.in_1", () => null)).toBeNull();
    for (const text of [null, "", "-1", "1.5", "1e3", "0x1", "9".repeat(19), "١", " 1", "1\n"]) {
      expect(readSeqCursor(text), String(text)).toBeNull();
    }
  });

  it("that we wrote is read as it was", () => {
    for (const createdAt of [
      new Date(0),
      new Date("2026-11-28T12:00:00.123Z"),
      new Date(253_402_300_799_999),
    ]) {
      const cursor = { createdAt, id: "in_1A" };
      expect(readPageCursor(writePageCursor(cursor), any)).toEqual(cursor);
    }
    expect(readSeqCursor("999999999999999999")).toBe(999_999_999_999_999_999n);
  });
});
