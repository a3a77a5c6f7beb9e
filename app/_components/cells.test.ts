import { describe, expect, it } from "vitest";
import { creditsCell, instantCell } from "./cells";

const where = { locale: "en-US", timeZone: "Asia/Tokyo" };

describe("a cell of a table", () => {
  it("keeps the exact number beside the one that is read, also below zero", () => {
    expect(creditsCell(12_345n, where)).toEqual({ text: "12,345", credits: "12345" });
    expect(creditsCell(-12_345n, where)).toEqual({ text: "−12,345", credits: "-12345" });
    expect(creditsCell(2n ** 62n, where).credits).toBe("4611686018427387904");
  });

  it("says in its title what the text of an instant leaves out, in the same zone", () => {
    const at = new Date("2026-12-04T23:14:05.678Z");
    expect(instantCell(at, "short", where)).toEqual({
      text: "Dec 5, 08:14",
      at: at.toISOString(),
      title: "Dec 5, 2026, 08:14 GMT+9",
    });
    expect(instantCell(at, "full", where)).not.toHaveProperty("title");
  });
});
