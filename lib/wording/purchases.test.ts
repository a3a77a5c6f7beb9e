import { describe, expect, it } from "vitest";
import { credits } from "../money/credits";
import { paysBackSentence } from "./purchases";

describe("what is owed and credits that are to come", () => {
  const say = (owed: bigint) => paysBackSentence(credits(24_000_000n), credits(owed), "en-US");

  it("says how many of them it takes, and what is left", () =>
    expect(say(640_000n)).toBe("640,000 of them pay back what you owe."));

  it("says that it takes all of them", () => {
    for (const owed of [24_000_000n, 30_000_000n])
      expect(say(owed)).toBe("All of them pay back what you owe.");
  });
});
