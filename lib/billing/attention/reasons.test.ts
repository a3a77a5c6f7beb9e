import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ATTENTION_REASONS } from "./reasons";

/** Where reasons are listed, or are words of something else as well: nothing is opened there. */
const NOT_OPENING = [
  "billing/attention/reasons.ts",
  "billing/allowances/facts.ts",
  "stripe/translate-price.ts",
];
const lib = new URL("../../", import.meta.url);
const opening = readdirSync(lib, { recursive: true, encoding: "utf8" })
  .filter((each) => each.endsWith(".ts") && !each.endsWith(".test.ts") && !NOT_OPENING.includes(each))
  .map((each) => readFileSync(new URL(each, lib), "utf8"))
  .join("\n");
/** Why a price cannot be read is a reason of its own: `reasonOf` in `allowances/attention-facts`, and its test. */
const CAUSES = readFileSync(new URL("../db/schema/mirror.ts", lib), "utf8");

it.each(Object.keys(ATTENTION_REASONS))("I23: %s is opened somewhere", (reason) => {
  expect(opening.includes(`"${reason}"`) || CAUSES.includes(`"${reason}"`)).toBe(true);
});
