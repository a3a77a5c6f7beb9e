import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { escapeUnseen, isPlainLine, isPlainText, isVisible, toPlainLine } from "./plain-text";

const NAMES = [
  "Ada Lovelace",
  "Zoë Ångström",
  "O’Brien-Smith, Jr.",
  "محمد بن عبد الله",
  "دانش\u200cآموز", // A joiner without which Persian is misspelled.
  "שרה כהן",
  "नरेन्द्र मोदी",
  "क्\u200dष",
  "ญาญ่า",
  "李小龍",
  "ヤマダ タロウ",
  "Ngũgĩ wa Thiong'o",
  "e\u0301", // Decomposed: kept as it is.
  "👩\u200d💻 Ada",
  "❤\ufe0f",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  "𠮷野家",
];
const TURNS = [0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069];
const CONTROLS = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, n) => 0x7f + n)];
const NO_CHARACTERS = [0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff, 0xfffe, 0xffff, 0xfdd0, 0x1fffe, 0x10ffff];
const BREAKS = [0x2028, 0x2029];
const REFUSED = [...TURNS, ...CONTROLS, ...NO_CHARACTERS, ...BREAKS];

describe("plain text", () => {
  it.each(NAMES)("is %s, in any script, and stays as it is", (name) => {
    expect([isPlainLine(name), isPlainText(name), isVisible(name)]).toEqual([true, true, true]);
    expect(toPlainLine(name, 100)).toBe(name);
  });

  const anywhere = fc.tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom(...REFUSED),
    fc.constantFrom(...NAMES),
  );
  test.prop([anywhere])("has no character that is none, breaks a line or turns text around", (parts) => {
    const [before, code, after] = parts;
    const text = before + String.fromCodePoint(code) + after;
    expect(isPlainLine(text)).toBe(false);
    const belongsInLines = [0x0a, 0x09, ...BREAKS].includes(code);
    expect(isPlainText(text)).toBe(belongsInLines);
  });

  test.prop([fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 1, max: 50 })], {
    numRuns: 2_000,
  })("is made of anything, and of plain text nothing else is made", (text, most) => {
    const line = toPlainLine(text, most);
    expect(isPlainLine(line)).toBe(true);
    expect([...line].length).toBeLessThanOrEqual(most);
    expect(toPlainLine(line, most)).toBe(line);
    const wasPlain = isPlainLine(text) && text === text.trim() && [...text].length <= most;
    if (wasPlain) expect(line).toBe(text);
  });

  it("has something to be seen, where something must be", () => {
    for (const text of ["", " ", "\u00a0\u2003", "\u200b\u200d", "\u00ad", "\u3164", "\ufe0f"]) {
      expect(isVisible(text), JSON.stringify(text)).toBe(false);
    }
    for (const text of ["a", ".", "\u0301x", "🙂", "０"]) expect(isVisible(text), text).toBe(true);
  });

  it("shows what cannot be seen by its number, and leaves lines and letters of any script as they are", () => {
    expect(escapeUnseen("a\u202eb\u0000\ufeff\n\tשלום 🙂")).toBe("a\\u{202e}b\\u{0000}\\u{feff}\n\tשלום 🙂");
  });
});
