/**
 * One rule for every text that comes from outside and is kept. Refused are control characters, halves of characters,
 * code points that are no characters, a byte order mark, what ends a line, and the control characters that turn around
 * what stands beside them (UAX 9), with which one name can be made to look like another. Letters of any script are
 * welcome, and so are the joiners and selectors that emoji and scripts are written with. Nothing is normalized: what
 * was sent is what is sent back.
 */
const NOT_TEXT =
  "\\p{Cc}\\p{Cs}\\p{Noncharacter_Code_Point}\\ufeff\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
const ENDS_OF_LINES = "\\u2028\\u2029";

const NOT_A_LINE = new RegExp(`[${NOT_TEXT}${ENDS_OF_LINES}]`, "u");
const NOT_LINES = new RegExp(`(?![\\n\\t])[${NOT_TEXT}]`, "u");
const VISIBLE = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/** Whether it is text in one line. Empty is. */
export const isPlainLine = (text: string): boolean => !NOT_A_LINE.test(text);

/** Whether it is text in lines, which end in `\n`; tabs are allowed. Empty is. */
export const isPlainText = (text: string): boolean => !NOT_LINES.test(text);

/** Whether there is anything to be seen of it. */
export const isVisible = (text: string): boolean => VISIBLE.test(text);

const BREAKS = /[\p{Cc}\u2028\u2029]+/gu;
const OTHERS = new RegExp(`[${NOT_TEXT}]`, "gu");

/** Makes text of what nobody can be asked to correct: one line of at most so many characters, empty if none is left. */
export function toPlainLine(text: string, most: number): string {
  const line = text.replace(BREAKS, " ").replace(OTHERS, "").trim();
  return [...line].slice(0, most).join("").trim();
}

/** What somebody sent, to be shown in lines: what could not be seen, or would turn around what stands beside it, by its number. */
export function escapeUnseen(text: string): string {
  const unseen = new RegExp(`(?![\\n\\t])[${NOT_TEXT}${ENDS_OF_LINES}]`, "gu");
  return text.replace(unseen, (each) => `\\u{${each.codePointAt(0)?.toString(16).padStart(4, "0")}}`);
}

/** What is written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and their like, with their forms. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A name as it may stand in a sentence of ours, on a page or in mail: one that is written from right to left is set apart (UAX 9),
 * or it would take the words and numbers beside it along. Ours to write, and refused in what comes from outside.
 */
export const isolated = (name: string): string => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);
