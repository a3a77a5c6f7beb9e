import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seriesNames } from "../lib/metrics/database-gauges";
import { ROOT } from "./build";
import { listCommands } from "./e2e/attacks/inventory";

// That alert rules, dashboard and runbook speak of what there is.
const RUNBOOK = join(ROOT, "docs/runbook");
const rules = readFileSync(join(ROOT, "docs/observe/alerts.yaml"), "utf8");
const pages = readdirSync(RUNBOOK).filter((name) => name.endsWith(".md"));
const textOf = (page: string) => readFileSync(join(RUNBOOK, page), "utf8");

type Alert = { readonly name: string; readonly expr: string; readonly page: string };
const alerts: Alert[] = rules
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({
    name: /^\w+/.exec(text)?.[0] ?? "",
    expr: /^ {8}expr: '(.+)'$/m.exec(text)?.[1] ?? "",
    page: /^ {10}runbook_url: \S+\/docs\/runbook\/([\w-]+\.md)$/m.exec(text)?.[1] ?? "",
  }));

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };
const { panels } = JSON.parse(readFileSync(join(ROOT, "docs/observe/dashboard.json"), "utf8")) as {
  panels: readonly Panel[];
};

/** Names of series in an expression; a histogram's are three. */
function unknownSeries(expr: string): string[] {
  const known = new Set(seriesNames());
  const named = expr.match(/\b(refill|nodejs|process)_[a-z0-9_]+\b/g) ?? [];
  return named.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|count|sum)$/, "")));
}

describe("alert rules", () => {
  it("each ask for series there are, and lead to a page there is, which names them", () => {
    expect(alerts.length).toBeGreaterThan(25);
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, expr, page } of alerts) {
      expect([name, expr.length > 0, unknownSeries(expr)]).toEqual([name, true, []]);
      expect([name, existsSync(join(RUNBOOK, page))]).toEqual([name, true]);
      expect(textOf(page), `${page} names ${name}`).toContain(`\`${name}\``);
    }
    expect(unknownSeries("rate(refill_no_such_total[5m])")).toEqual(["refill_no_such_total"]);
  });

  it("each are tried by promtool's tests, on series there are, and each fires in one", () => {
    const tests = readFileSync(join(ROOT, "docs/observe/alerts.test.yaml"), "utf8");
    const fires = new Set([...tests.matchAll(/alertname="(\w+)"/g)].map(([, name]) => name));
    expect([...fires].sort()).toEqual(alerts.map(({ name }) => name).sort());
    const given = [...tests.matchAll(/series: '(\w+)/g)].map(([, name = ""]) => name);
    expect(given.length).toBeGreaterThan(alerts.length);
    expect(given.flatMap(unknownSeries)).toEqual([]);
    // Every series that an alert asks for is given in some test.
    const asked = alerts.flatMap(({ expr }) => expr.match(/\b(refill|nodejs)_[a-z0-9_]+\b/g) ?? []);
    expect(asked.filter((name) => !given.includes(name))).toEqual([]);
  });
});

describe("the dashboard", () => {
  it("shows series there are, and all of ours", () => {
    const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(shown.length).toBeGreaterThan(35);
    for (const { title, expr } of shown) expect([title, unknownSeries(expr)]).toEqual([title, []]);
    const text = shown.map(({ expr }) => expr).join("\n");
    const missing = seriesNames().filter((name) => name.startsWith("refill_") && !text.includes(name));
    expect(missing).toEqual([]);
  });
});

describe("the runbook", () => {
  const HEADINGS = [
    "What customers see",
    "How to confirm",
    "What to do",
    "What not to do",
    "When it is over",
  ];

  it("has the same five parts on every page, and an index of all pages", () => {
    for (const page of pages.filter((each) => each !== "README.md")) {
      const headings = [...textOf(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect([page, headings]).toEqual([page, HEADINGS]);
      expect(textOf("README.md")).toContain(`(${page})`);
    }
  });

  it("names commands, alerts, series and other pages that there are", () => {
    const commands = new Set([...listCommands().map(({ name }) => name), "worker", "build"]);
    const named = new Set(alerts.map(({ name }) => name));
    for (const page of pages) {
      const text = textOf(page);
      const unknown = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
      expect([page, unknown.filter((name) => !commands.has(name))]).toEqual([page, []]);
      const told = [...text.matchAll(/`(Refill\w+)`/g)].map(([, name = ""]) => name);
      expect([page, told.filter((name) => !named.has(name))]).toEqual([page, []]);
      expect([page, unknownSeries(text)]).toEqual([page, []]);
      const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = ""]) => to);
      expect([page, links.filter((to) => !existsSync(join(RUNBOOK, to)))]).toEqual([page, []]);
    }
  });

  it("names acts of operators that there are", () => {
    const kinds = readdirSync(join(ROOT, "lib/desk/acts")).map((name) =>
      readFileSync(join(ROOT, "lib/desk/acts", name), "utf8"),
    );
    for (const page of pages)
      for (const [, kind] of textOf(page).matchAll(/npm run operator -- do (\w+)/g))
        expect([
          page,
          kind,
          kinds.some((text) => text.includes(`${kind}:`) || text.includes(`"${kind}"`)),
        ]).toEqual([page, kind, true]);
  });
});
