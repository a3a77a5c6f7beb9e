import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { ROOT } from "./build";

// That `npm ci` neither fails nor warns with the npm that comes with Node 20.9, 20, 22 and 24.
type Package = {
  readonly version?: string;
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
  readonly peerDependencies?: Readonly<Record<string, string>>;
};
const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, Package>>;
};
const installed = Object.entries(packages).filter(([path]) => path !== "");

/** Whether a version is in a range as packages write them: `^20.19.0 || >=22.12`, `~4.1`, `17.x`, `*`. */
function satisfies(version: string, range: string): boolean {
  return range.split("||").some((each) =>
    each
      .trim()
      .replaceAll(/([<>=^~]) +/g, "$1")
      .split(/\s+/)
      .every((comparator) => compares(version, comparator)),
  );
}

function compares(version: string, comparator: string): boolean {
  const [, operator = "", wanted = ""] = /^([<>=^~]*)v?(.*)$/.exec(comparator) ?? [];
  const numbers = wanted
    .split(/[.-]/)
    .slice(0, 3)
    .map(Number)
    .filter((part) => !Number.isNaN(part));
  const own = version.split(/[.-]/).slice(0, 3).map(Number);
  const difference = numbers.map((part, at) => (own[at] ?? 0) - part).find((each) => each !== 0) ?? 0;
  if (operator === ">=") return difference >= 0;
  if (operator === ">") return difference > 0;
  if (operator === "<=") return difference <= 0;
  if (operator === "<") return difference < 0;
  // Of what is named, so much has to be the same: `^0.28.1` allows other patches, `^1.2.3` other minors.
  const firstSet =
    Math.max(
      0,
      numbers.findIndex((part) => part > 0),
    ) + 1;
  const same = operator === "^" ? firstSet : operator === "~" ? 2 : numbers.length;
  return difference >= 0 && numbers.slice(0, same).every((part, at) => own[at] === part);
}

describe("the packages that are installed", () => {
  it.each([
    ["22.17.0", "^20.19.0 || >=22.12.0", true],
    ["22.11.0", "^20.19.0 || >=22.12.0", false],
    ["20.18.9", "^20.19.0 || >=22.12.0", false],
    ["0.25.12", "^0.27.0 || ^0.28.0", false],
    ["0.28.2", "^0.27.0 || ^0.28.0", true],
    ["19.3.1", ">= 16.8.0 || 17.x.x", true],
    ["4.2.0", "~4.1", false],
    ["3.0.0", ">=1 <3", false],
    ["20.19.0", "20 || 22", true],
    ["7.0.0", "*", true],
  ])("(%s in %s: %s)", (version, range, is) => {
    expect(satisfies(version, range)).toBe(is);
  });

  it("run on the oldest Node of each line that package.json promises", () => {
    expect(packageJson.engines.node).toBe(">=20.9");
    const refused = installed.flatMap(([path, { engines, optional }]) =>
      ["20.9.0", "22.0.0", "24.0.0"]
        .filter((node) => !optional && engines?.node && !satisfies(node, engines.node))
        .map((node) => `${path}: ${engines?.node} without ${node}`),
    );
    expect(installed.filter(([, { engines }]) => engines?.node).length).toBeGreaterThan(80);
    expect(refused).toEqual([]);
  });

  it("fit those beside them that they name as peers, which npm 10 wants of optional ones, too", () => {
    // Whoever wants another one gets ours: package.json says so.
    const overridden = Object.keys(packageJson.overrides);
    const wrong = installed.flatMap(([path, { peerDependencies = {} }]) =>
      Object.entries(peerDependencies).flatMap(([name, range]) => {
        const version = versionBeside(path, name);
        const fits = version === null || overridden.includes(name) || satisfies(version, range);
        return fits ? [] : [`${path} wants ${name} ${range} and finds ${version}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

/** The version of a package as one at that place finds it, or null where there is none. */
function versionBeside(path: string, name: string): string | null {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    const found = packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`];
    if (found?.version) return found.version;
    if (at === "") return null;
  }
}
