import { describe, expect, it } from "vitest";
import { normalizeEmail } from "./email";
import { findTimeZone, isLocale, LOCALES, listTimeZones } from "./regional";

describe("time zones and locales", () => {
  it("are those the runtime can format in", () => {
    for (const zone of listTimeZones()) expect(findTimeZone(zone)).toBe(zone);
    for (const locale of LOCALES) expect(isLocale(locale)).toBe(true);
  });

  it("an older name of a zone is the zone", () => {
    const india = findTimeZone("Asia/Calcutta");
    expect(india).toBe(findTimeZone("Asia/Kolkata"));
    expect(india).not.toBeNull();
  });

  it.each(["", "Mars/Olympus", "+25:99", "\u0000", "UTC\u0000", "<b>", "x".repeat(10_000), null, 5, ["UTC"]])(
    "%j is no zone",
    (text) => {
      expect(findTimeZone(text)).toBeNull();
    },
  );

  it.each(["", "tlh", "en-US-u-nu-arab", "__proto__", "de_DE"])("%j is no locale of ours", (text) => {
    expect(isLocale(text)).toBe(false);
  });
});

describe("an e-mail address", () => {
  it("is compared without case and spaces around it", () => {
    expect(normalizeEmail("  Ada@Example.COM ")).toBe("ada@example.com");
  });

  it.each(["", "ada", "a@b@c", "a b@c.d", "a\u0000@b.c", "\u202ea@b.c", `${"a".repeat(250)}@b.cd`, null, {}])(
    "%j is none",
    (text) => {
      expect(normalizeEmail(text)).toBeNull();
    },
  );
});
