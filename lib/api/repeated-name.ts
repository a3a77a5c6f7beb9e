import { toPointer } from "./check";

/**
 * Where an object of a JSON text has a name twice, as a JSON pointer, or null. `JSON.parse` takes the last of them and
 * somebody else may take the first (RFC 8259 leaves it open), so that two readers of one text disagree about what it
 * says. `value` is what `JSON.parse` made of the text: where it has as many members as the text, none was lost, and that
 * is quick to count.
 */
export const findRepeatedName = (text: string, value: unknown): string | null =>
  countNames(text) === countMembers(value) ? null : locate(text);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/** Strings that a colon follows: from string to string, because that is what a search is fast at. */
function countNames(text: string): number {
  let names = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    let next = closeOf(text, open) + 1;
    while (text.charCodeAt(next) <= SPACE) next += 1;
    if (text.charCodeAt(next) === COLON) names += 1;
    open = text.indexOf('"', next);
  }
  return names;
}

/** The place of the quotation mark that ends the string which begins at `open`. */
function closeOf(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let first = close;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((close - first) % 2 === 0) return close;
  }
}

/** With a list of its own instead of calls: a text may be nested deeper than a stack. */
function countMembers(value: unknown): number {
  const open = [value];
  let members = 0;
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== "object" || each === null) continue;
    const inside = Object.values(each);
    if (!Array.isArray(each)) members += inside.length;
    for (const one of inside) if (typeof one === "object") open.push(one);
  }
  return members;
}

type Frame = {
  /** Those the object has so far; null in a list. */
  readonly names: Set<string> | null;
  /** Where it is: a name, or a place in the list. */
  at: string | number;
  expectsName: boolean;
};

/** Reads a text that is known to be JSON. */
function locate(text: string): string | null {
  const frames: Frame[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const frame = frames.at(-1);
    if (text.charCodeAt(index) === QUOTE) {
      const close = closeOf(text, index);
      if (frame?.names && frame.expectsName) {
        const name = JSON.parse(text.slice(index, close + 1)) as string;
        frame.at = name;
        if (frame.names.has(name)) return toPointer(frames.map((each) => each.at));
        frame.names.add(name);
        frame.expectsName = false;
      }
      index = close;
      continue;
    }
    switch (text[index]) {
      case "{":
        frames.push({ names: new Set(), at: "", expectsName: true });
        break;
      case "[":
        frames.push({ names: null, at: 0, expectsName: false });
        break;
      case "}":
      case "]":
        frames.pop();
        break;
      case ",":
        if (frame?.names) frame.expectsName = true;
        else if (frame) frame.at = Number(frame.at) + 1;
        break;
    }
  }
  return null;
}
