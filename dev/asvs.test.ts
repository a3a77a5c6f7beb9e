import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./build";

type Row = {
  readonly id: string;
  readonly level: number;
  readonly status: string;
  readonly how: string;
  readonly tests: readonly string[];
};

const rows: readonly Row[] = readFileSync(join(ROOT, "docs/asvs.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const cells = /^\| (\d+\.\d+\.\d+) \| ([12]) \| (\S+) \| (.+) \| (.*) \|$/.exec(line);
    if (!cells) return [];
    const [, id = "", level, status = "", how = "", tests = ""] = cells;
    return [{ id, level: Number(level), status, how, tests: tests.match(/[^`\s]+/g) ?? [] }];
  });

/** So many requirements of level 1 and of level 2 has each chapter of ASVS 5.0.0. */
const REQUIREMENTS: Readonly<Record<string, readonly [one: number, two: number]>> = {
  "1": [8, 19],
  "2": [4, 7],
  "3": [8, 11],
  "4": [2, 8],
  "5": [4, 5],
  "6": [13, 22],
  "7": [6, 12],
  "8": [4, 3],
  "9": [4, 3],
  "10": [5, 24],
  "11": [3, 11],
  "12": [3, 6],
  "13": [1, 12],
  "14": [2, 7],
  "15": [3, 10],
  "16": [0, 16],
  "17": [0, 7],
};

describe("the ASVS table", () => {
  it("has every requirement of levels 1 and 2 once", () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const counted = Object.fromEntries(
      Object.keys(REQUIREMENTS).map((chapter) => {
        const of = (level: number) =>
          rows.filter((row) => row.id.startsWith(`${chapter}.`) && row.level === level).length;
        return [chapter, [of(1), of(2)]];
      }),
    );
    expect(counted).toEqual(REQUIREMENTS);
  });

  it("says of each whether it is met, and how", () => {
    for (const { id, status, how } of rows) {
      expect(["met", "operator", "n/a", "no"], id).toContain(status);
      expect(how.length, id).toBeGreaterThan(4);
    }
  });

  it("has no row of level 1 that is not met", () => {
    expect(rows.filter(({ level, status }) => level === 1 && status === "no")).toEqual([]);
  });

  it("names tests that are there", () => {
    const missing = rows.flatMap(({ tests }) => tests).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });
});
