import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../build";
import { MUTATIONS } from "./all";

it.each(MUTATIONS.map((each) => [each.name, each] as const))(
  "the seeded bug «%s» is of a line that stands in its file exactly once",
  (_, { file, right, wrong }) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(text.split(right).length - 1).toBe(1);
    expect(text.replace(right, wrong)).not.toBe(text);
  },
);
