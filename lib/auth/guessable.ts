import { createHash } from "node:crypto";
import { COMMON_PASSWORDS } from "./common-passwords";

/** Whose password it is to be: what stands in these is the first thing somebody who guesses would try. */
export type PasswordOwner = {
  readonly email: string;
  readonly name: string;
  readonly productName: string;
};

const FINGERPRINT_LENGTH = 8;

/** A password as lists of passwords are compared with it: the same however it is composed or capitalized. */
export const foldPassword = (password: string): string => password.normalize("NFKC").toLowerCase();

/** The first 48 bits of the SHA-256 of a folded password, in eight characters. */
export const fingerprintOf = (folded: string): string =>
  createHash("sha256").update(folded).digest("base64url").slice(0, FINGERPRINT_LENGTH);

let common: ReadonlySet<string> | undefined;

function commonFingerprints(): ReadonlySet<string> {
  common ??= new Set(COMMON_PASSWORDS.replaceAll("\n", "").match(/.{8}/g));
  return common;
}

/** So many digits or signs before and after make another password of it for people, not for programs. */
const MAX_DECORATION = 6;

/** The text without 0 to 6 digits or signs before and after it, in every way. */
function* undecorated(text: string): Generator<string> {
  const before = /^[^\p{L}]*/u.exec(text)?.[0].length ?? 0;
  const after = /[^\p{L}]*$/u.exec(text)?.[0].length ?? 0;
  for (let start = 0; start <= Math.min(before, MAX_DECORATION); start += 1) {
    for (let end = 0; end <= Math.min(after, MAX_DECORATION); end += 1) {
      yield text.slice(start, text.length - end);
    }
  }
}

/** One of the commonest passwords there are, also decorated, or no more than a pattern. */
export function isCommonPassword(password: string): boolean {
  const folded = foldPassword(password);
  if (isPattern(folded)) return true;
  for (const text of undecorated(folded)) if (commonFingerprints().has(fingerprintOf(text))) return true;
  return false;
}

/** The same one to four characters over and over, or characters that follow each other. */
function isPattern(folded: string): boolean {
  if (/^(.{1,4}?)\1+.{0,3}$/su.test(folded)) return true;
  const codes = [...folded].map((letter) => letter.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, at) => code - (codes[at] ?? 0)));
  return steps.size === 1 && [1, -1].includes([...steps][0] ?? 0);
}

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};
/** A word of two letters is in too many passwords that have nothing to do with it. */
const SHORTEST_WORD = 3;
/** With fewer characters of its own a password is its words, decorated. */
const FEWEST_OWN = 5;

/** Made of the person's name, their e-mail address or the product's name, and of little else. */
export function isOwnersPassword(password: string, owner: PasswordOwner): boolean {
  const [mailbox = "", domain = ""] = owner.email.split("@");
  const given = [owner.email, mailbox, domain, owner.name, owner.productName];
  const words = given
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .map((text) => lettersOf(foldPassword(text)))
    .filter((word) => word.length >= SHORTEST_WORD)
    .sort((a, b) => b.length - a.length);
  const isMade = (text: string) => {
    const letters = lettersOf(text);
    const rest = words.reduce((left, word) => left.replaceAll(word, ""), letters);
    return rest.length < letters.length && rest.length < FEWEST_OWN;
  };
  for (const text of undecorated(foldPassword(password)))
    if (isMade(text) || isMade(plain(text))) return true;
  return false;
}

const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");
const plain = (text: string): string => [...text].map((letter) => LOOK_ALIKES[letter] ?? letter).join("");
