import { describe, expect, it } from "vitest";
import { isolated } from "../plain-text";
import { oneOf } from "./names";

describe("names in sentences", () => {
  it("sets a name apart that would turn the sentence around, and no other", () => {
    expect(isolated("עדה")).toBe("\u2068עדה\u2069");
    expect(isolated("Ada (ليلى)")).toBe("\u2068Ada (ليلى)\u2069");
    for (const name of ["Ada Lovelace", "Zoë", "Ольга", "王小明", "नेहा", "🙂"])
      expect(isolated(name)).toBe(name);
  });

  it("lists them one by one, so that none takes its neighbor along", () => {
    expect(oneOf(["Ada"])).toBe("Ada");
    expect(oneOf(["Ada", "عمر"])).toBe("Ada or \u2068عمر\u2069");
    expect(oneOf(["Ada", "Grace", "Edsger"])).toBe("Ada, Grace or Edsger");
  });
});
