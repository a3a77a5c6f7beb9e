import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { contactLetter } from "./letter";
import { MAX_CONTACT_MESSAGE, readContact } from "./read-contact";

const good = { name: "Ada Lovelace", company: "Engines & Co", message: "We need 900M credits a month." };
const read = (change: Partial<typeof good>) => readContact({ ...good, ...change });
const code = (change: Partial<typeof good>) => {
  const result = read(change);
  return result.ok ? "ok" : result.error.code;
};

describe("what somebody writes to sales", () => {
  it("is kept as it was written, trimmed, lines included; no company is none", () => {
    expect(read({ name: "  Ada ", company: " ", message: "Dear all,\r\n\r\n\tplease call.\r" })).toEqual({
      ok: true,
      value: { name: "Ada", company: null, message: "Dear all,\n\n\tplease call." },
    });
  });

  it("has its lengths, counted as the database counts them", () => {
    expect(code({ name: "😀".repeat(100), company: "😀".repeat(100), message: "😀".repeat(2_000) })).toBe(
      "ok",
    );
    expect(code({ name: "x".repeat(101) })).toBe("bad_name");
    expect(code({ name: " \u202e " })).toBe("bad_name");
    expect(code({ company: "x".repeat(101) })).toBe("bad_company");
    expect(code({ message: "x".repeat(MAX_CONTACT_MESSAGE + 1) })).toBe("bad_message");
    expect(code({ message: "x".repeat(5_000_000) })).toBe("bad_message");
    expect(code({ message: "😀".repeat(9) })).toBe("bad_message");
    expect(code({ message: `a${" ".repeat(50)}` })).toBe("bad_message");
  });

  it("has no null bytes, no lines in a name, and nothing else that is no text", () => {
    expect(code({ name: "Ada\0" })).toBe("bad_name");
    expect(code({ name: "Ada\nBcc: victim@example.com" })).toBe("bad_name");
    expect(code({ company: "Engines\u2028" + "Co" })).toBe("bad_company");
    expect(code({ message: "Dear all,\0 please call" })).toBe("bad_message");
    expect(code({ message: "Dear all, \ud800 please call" })).toBe("bad_message");
  });

  it("is not turned around by characters nobody sees", () => {
    expect(code({ name: "\u202eadA" })).toBe("bad_name");
    expect(code({ company: "Engines \u200f& Co" })).toBe("bad_company");
    expect(code({ message: "\u2066Dear all,\u2069 please call" })).toBe("bad_message");
    expect(code({ name: "\u200b\u200d" })).toBe("bad_name");
  });

  it("may be in any script", () => {
    for (const words of ["محمد بن عبد الله", "שרה כהן לוי", "👩\u200d💻 Ada Lovelace", "नरेन्द्र मोदी जी"]) {
      expect(code({ name: words, company: words, message: words.repeat(3) }), words).toBe("ok");
    }
  });

  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 120 }),
    fc.constantFrom(
      "<script>alert(1)</script>",
      '"><img src=x onerror=1>',
      "x\r\nBcc: a@b.c",
      "😀".repeat(30),
    ),
  );

  test.prop([anything, anything, anything], { numRuns: 2_000 })(
    "whatever it is, is refused, or fits the table and is mailed without markup or further lines of its own",
    (name, company, message) => {
      const result = readContact({ name, company, message });
      if (!result.ok) return;
      const kept = result.value;
      expect([...kept.name].length).toBeGreaterThan(0);
      expect([...kept.name].length).toBeLessThanOrEqual(100);
      expect([...kept.message].length).toBeGreaterThanOrEqual(10);
      expect(kept.name + kept.company + kept.message).not.toMatch(/[\0\u202a-\u202e\u2066-\u2069]/);
      const letter = contactLetter({
        ...kept,
        accountId: "01930000-0000-7000-8000-000000000000",
        email: "ada@example.com",
        createdAt: new Date("2026-11-25T12:00:00Z"),
      });
      expect(letter.subject).not.toMatch(/[\r\n]/);
      expect(
        letter.text
          .split("\n")
          .slice(0, 5)
          .map((line) => line.split(":")[0]),
      ).toEqual(["From", "Company", "E-mail", "Account", "Sent"]);
      const markup = (text: string) => text.match(/<[^>]*>/g);
      const plain = contactLetter({
        ...good,
        accountId: "01930000-0000-7000-8000-000000000000",
        email: "ada@example.com",
        createdAt: new Date("2026-11-25T12:00:00Z"),
      });
      expect(markup(letter.html)).toEqual(markup(plain.html));
    },
  );
});
