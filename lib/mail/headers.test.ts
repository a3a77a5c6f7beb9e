import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { headerAddress, headerName, headerText } from "./headers";

describe("text in a header", () => {
  it("is one line, whatever stands in it", () => {
    expect(headerText("A\r\nBcc: everybody@example.com")).toBe("A Bcc: everybody@example.com");
    expect(headerText("a\0b\u2028c\u0085d")).toBe("a b c d");
  });

  it("is not turned around by characters nobody sees", () => {
    expect(headerText("\u202Egnp.exe\u202C \u2066x\u2069")).toBe("gnp.exe x");
  });

  it("is nothing that a mail program would decode", () => {
    expect(headerText("=?utf-8?q?=0ABcc:_x?= and =?iso-8859-1?B?eA==?=")).toBe(
      "= ?utf-8?q?=0ABcc:_x?= and = ?iso-8859-1?B?eA== ?=",
    );
    expect(headerText("=\u202e?utf-8?q?x?=")).toBe("= ?utf-8?q?x?=");
  });

  it("beside an address is no address of its own", () => {
    expect(headerName("O'Brien, Jr.")).toBe("O'Brien, Jr.");
    for (const name of ["ceo@bank.com", "Ada <ada@bank.com>", "ada＠bank.com"])
      expect(headerName(name)).toBe("");
  });

  test.prop([fc.string({ unit: "binary", maxLength: 400 })])(
    "has no control character, and is no novel",
    (text) => {
      const line = headerText(text);
      expect(line).not.toContain("=?");
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      expect([...line].length).toBeLessThanOrEqual(150);
    },
  );
});

describe("an address in a header", () => {
  it("is one plain address", () => {
    expect(headerAddress("Someone@Example.com")).toBe("someone@example.com");
  });

  it.each([
    "a@example.com, b@example.com",
    "A <a@example.com>",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com\0",
    "",
    "nobody",
  ])("%j is none", (text) => {
    expect(() => headerAddress(text)).toThrow("one plain address");
  });
});
