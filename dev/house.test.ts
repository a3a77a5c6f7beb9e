import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { migrationAt, OLDEST_CODE } from "../db/oldest-code";
import { KEPT_FIELDS } from "../lib/earlier-version";
import { ROOT } from "./build";
import { findCircles, type ImportGraph, readImportGraph } from "./import-graph";

// What the linter cannot see of ARCHITECTURE.md: rules about what code does rather than what it imports.

function sources(...folders: string[]): { path: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path) && !path.includes(".test."))
      .map((path) => ({ path: join(folder, path), text: readFileSync(join(ROOT, folder, path), "utf8") })),
  );
}

const offenders = (files: { path: string; text: string }[], pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe("the repository", () => {
  it("takes the time from the database: the domain never reads a clock", () => {
    const domain = sources(
      "lib/billing",
      "lib/contact",
      "lib/ledger",
      "lib/catalog",
      "lib/money",
      "lib/calendar",
    );
    expect(offenders(domain, /Date\.now\(|new Date\(\)|performance\.now/)).toEqual([]);
  });

  it("has one writer of ledger tables", () => {
    const writes =
      /\.(insert|update|delete)\(\s*(schema\.)?(grants|entries|balances|commands)\b|(insert into|update|delete from|into:)\s+"?(grants|entries|balances|commands)\b/;
    expect(offenders(sources("app", "lib"), writes)).toEqual([
      "lib/ledger/commit.ts",
      "lib/ledger/mend-books.ts",
      "lib/ledger/start-cycle.ts",
      "lib/ledger/write-entries.ts",
      "lib/ledger/write-remembered.ts",
      "lib/ledger/write.ts",
    ]);
  });

  it("has one rule for text that comes from outside, and one for addresses", () => {
    expect(offenders(sources("app", "lib"), /\\p\{C|\\u202e|\\u2069/i).sort()).toEqual([
      "lib/auth/email.ts",
      "lib/plain-text.ts",
    ]);
  });

  it("opens transactions only through transact", () => {
    expect(offenders(sources("app", "lib"), /\.transaction\(|\.begin\(/)).toEqual([]);
  });

  it("keeps no float on a money path", () => {
    const money = sources("lib/money", "lib/ledger", "lib/billing", "lib/catalog");
    expect(offenders(money, /parseFloat|toFixed|Math\.(round|floor|ceil)/)).toEqual([]);
  });

  it("asks who it is on every page and in every route below settings", () => {
    const entrances = sources("app/settings").filter(({ path }) => /(^|\/)(page|route)\.tsx?$/.test(path));
    expect(entrances.length).toBeGreaterThan(5);
    const unguarded = entrances.filter(
      ({ text }) => !/requireCustomer\(|loadBilling\(|requireOperator\(|await auth\(/.test(text),
    );
    expect(
      sources("app/settings/billing").find(({ path }) => path.endsWith("/load-billing.ts"))?.text,
    ).toMatch(/requireCustomer\(/);
    // These two only lead to pages which ask.
    expect(unguarded.map(({ path }) => path).sort()).toEqual([
      "app/settings/billing/page.tsx",
      "app/settings/page.tsx",
    ]);
  });

  it("asks for an operator on every page and in every route of the desk", () => {
    const entrances = sources("app/admin").filter(({ path }) => /(^|\/)(page|route)\.tsx?$/.test(path));
    expect(entrances.length).toBeGreaterThan(1);
    const unguarded = entrances.filter(({ text }) => !/\bawait requireOperator\(/.test(text));
    // Where the desk asks again who it is: for whoever may be an operator.
    expect(unguarded.map(({ path }) => path)).toEqual(["app/admin/step-up/page.tsx"]);
    const actions = sources("app/admin").filter(({ text }) => /^["']use server["']/m.test(text));
    const open = actions.filter(({ text }) => /\b(customerAction|publicAction)\(/.test(text));
    expect(open.map(({ path }) => path)).toEqual(["app/admin/step-up/actions.ts"]);
  });

  it("lets nobody into the API but through its gate", () => {
    const routes = sources("app/api/v1").filter(({ path }) => path.endsWith("route.ts"));
    expect(routes.length).toBeGreaterThan(7);
    const ungated = routes.filter(
      ({ text }) =>
        !/export const (GET|POST) = apiRoute\(/.test(text) || /export (async )?function/.test(text),
    );
    // The description of the API is public; the catch-all only says that there is nothing.
    expect(ungated.map(({ path }) => path).sort()).toEqual([
      "app/api/v1/[[...rest]]/route.ts",
      "app/api/v1/openapi.json/route.ts",
    ]);
  });

  it("limits how often somebody makes the payment provider work, in every action, page and route", () => {
    // What an action is given without a limit holds no way to the provider, so that the compiler sees it too.
    const files = sources("app").filter(({ text }) => /from "@\/lib\/billing\//.test(text));
    const atWork = files.flatMap(({ path, text }) =>
      text
        .split(/^(?=export |async function |function )/m)
        .filter((part) => /\w\((deps|deps\(\)), /.test(part))
        .map((part) => ({ where: `${path}: ${/\w+Action|function \w+/.exec(part)?.[0]}`, part })),
    );
    expect(atWork.length).toBeGreaterThan(18);
    const unlimited = atWork.filter(({ part }) => !/^ {2}limit: "|countWork\(/m.test(part));
    expect(unlimited.map(({ where }) => where).sort()).toEqual([
      "app/settings/billing/buy-credit/actions.ts: placeOrderAction", // Asks nobody but our own database.
      "app/settings/billing/plans/pay/return/route.ts: function pay", // Counted before it is called.
    ]);
  });

  it("begins every page of billing with the one that opens the cycle first, and none with queries of its own", () => {
    const pages = sources("app/settings/billing").filter(({ path }) => path.endsWith("/page.tsx"));
    expect(pages.length).toBeGreaterThan(12);
    const without = pages.filter(({ text }) => !/\bloadBilling\(/.test(text)).map(({ path }) => path);
    expect(without).toEqual(["app/settings/billing/page.tsx"]); // Leads to Overview.
    const around = /\b(openCycle|getAccountView|getBalance|findBalance|requireCustomer)\(/;
    expect(pages.filter(({ text }) => around.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("keeps of a form that an earlier version could not send what its action shows again, and nothing else", () => {
    const echoed = sources("app").flatMap(({ text }) => [...text.matchAll(/\becho: \[([^\]]*)\]/g)]);
    const names = echoed.flatMap(([, list = ""]) => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name));
    expect([...new Set(names)].sort()).toEqual([...KEPT_FIELDS]);
  });

  it("asks Stripe through one client, and in the background by turns", () => {
    expect(offenders(sources("app", "lib"), /\bnew Stripe\(/)).toEqual(["lib/stripe/client.ts"]);
    // Wired for people and for jobs; whose key it is; the operator's setup, alone at its keyboard.
    expect(offenders(sources("app", "lib"), /\bcreateStripe\(\{/).sort()).toEqual([
      "lib/deps.ts",
      "lib/stripe/access/access.ts",
      "lib/stripe/client.ts", // Where it is.
      "lib/stripe/doctor/main.ts",
      "lib/stripe/setup-main.ts",
    ]);
    for (const path of ["lib/jobs/main.ts", "lib/jobs/sync-main.ts", "lib/start-process.ts"])
      expect(sources("lib").find((each) => each.path === path)?.text, path).toContain("backgroundDeps()");
  });

  it("reads no body without a limit", () => {
    const whole = /\b(request|req|forwarded)\.(clone\(\)\.)?(formData|json|text|arrayBuffer|blob|bytes)\(/;
    expect(offenders(sources("app", "lib"), whole)).toEqual([]);
    const streams = offenders(sources("app", "lib"), /\b(request|req)\.body\b/);
    expect(streams).toEqual(["lib/bounded-body.ts"]);
  });

  it("keeps the Stripe simulator a folder of its own: it imports Stripe's SDK and nothing of this repository", () => {
    const folder = join(ROOT, "dev/stripe");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".ts"),
    );
    expect(files.length).toBeGreaterThan(90);
    // Statements, and `import("…")` within them.
    const named = /^(?:import|export|\})[^"\n]* from "([^"]+)";$|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;
    const imports = files.flatMap((path) =>
      [...readFileSync(join(folder, path), "utf8").matchAll(named)].map((match) => {
        const name = match.slice(1).find(Boolean) ?? "";
        return { name, at: name.startsWith(".") ? join(dirname(path), name) : null };
      }),
    );
    expect(imports.length).toBeGreaterThan(400);
    expect(imports.filter(({ at }) => at?.startsWith(".."))).toEqual([]);
    const packages = imports.filter(({ name, at }) => at === null && !name.startsWith("node:"));
    expect([...new Set(packages.map(({ name }) => name))].sort()).toEqual(["stripe", "vitest"]);
  });

  it("has no server action outside the wrappers", () => {
    const actions = sources("app").filter(({ text }) => /^["']use server["']/m.test(text));
    expect(actions.length).toBeGreaterThan(2);
    for (const { path, text } of actions) {
      const exported = [...text.matchAll(/^export (?:const|async function|function) (\w+)(.*)$/gm)];
      for (const [, name, rest = ""] of exported) {
        expect(rest, `${path}: ${name}`).toMatch(/=\s*(customerAction|operatorAction|publicAction)\b/);
      }
    }
  });

  it("runs nothing that was text, and starts no processes", () => {
    const shipped = sources("app", "lib", "db");
    expect(offenders(shipped, /\beval\(|new Function\(|node:child_process|node:vm/)).toEqual([]);
    // Of fixed ranges of characters; nobody's input.
    expect(offenders(shipped, /new RegExp\(/)).toEqual(["lib/plain-text.ts"]);
  });

  it("names the oldest code anew with a migration that an earlier build could not run with", () => {
    const folder = join(ROOT, "db/migrations");
    const later = readdirSync(folder)
      .filter((name) => name.endsWith(".sql") && migrationAt(name.slice(0, -4)) > migrationAt(OLDEST_CODE))
      .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
    // Where it is harmless all the same, the migration says why: "-- Earlier builds run with it: …".
    const offending = later.filter(
      ({ text }) => takesAway(text) && !/^-- Earlier builds run with it: ./m.test(text),
    );
    expect(offending.map(({ name }) => `${name}: name it as OLDEST_CODE in db/oldest-code.ts`)).toEqual([]);
    for (const [takes, text] of [
      [true, 'ALTER TABLE "a" RENAME COLUMN "b" TO "c";'],
      [true, 'ALTER TABLE "a" ADD COLUMN "b" text NOT NULL;'],
      [false, 'ALTER TABLE "a" ADD COLUMN "b" text DEFAULT \'\' NOT NULL;'],
      [true, 'ALTER TABLE "a" ADD CONSTRAINT "b" CHECK (c > 0);'],
      [false, 'CREATE TABLE "a" ("b" text);\nALTER TABLE "a" ADD CONSTRAINT "b" UNIQUE ("b");'],
    ] as const)
      expect([text, takesAway(text)]).toEqual([text, takes]);
  });

  it("opens no file that input could name, and nowhere switches off the checking of certificates", () => {
    expect(offenders(sources("app", "lib"), /from "(node:)?fs/)).toEqual([
      "lib/build-facts.ts",
      "lib/read-catalog.ts", // CATALOG_FILE: the operator's own.
    ]);
    expect(offenders(sources("app", "lib", "db"), /rejectUnauthorized|TLS_REJECT/)).toEqual([]);
  });
});

/** Whether a build that does not know the migration may fail after it, or be refused what it writes. */
function takesAway(migration: string): boolean {
  const created = [...migration.matchAll(/create table (?:if not exists )?"?(\w+)/gi)].map(
    ([, table]) => table,
  );
  return migration.split(";").some((statement) => {
    const table = /alter table "?(\w+)|create unique index .* on "?(\w+)/is
      .exec(statement)
      ?.slice(1)
      .find(Boolean);
    if (table && created.includes(table)) return false;
    return (
      /\bdrop (table|column|type|view|function)|\brename\b|\balter type|create unique index/i.test(
        statement,
      ) ||
      /\balter column\b.*\b(type|set not null|drop default)\b|\badd constraint\b/is.test(statement) ||
      (/\badd column\b.*\bnot null/is.test(statement) && !/\b(default|generated)\b/i.test(statement))
    );
  });
}

describe("who may know whom", () => {
  const graph = readImportGraph(ROOT);
  const imports = [...graph].flatMap(([from, all]) => all.map((to) => ({ from, to })));
  const ofCode = imports.filter(({ from }) => !/\.(test|e2e)\.tsx?$/.test(from));
  const arrows = (wrong: typeof imports) => wrong.map(({ from, to }) => `${from} → ${to}`);

  it("no files import each other in a circle, neither for a type nor in tests", () => {
    expect(graph.size).toBeGreaterThan(700);
    expect(imports.length).toBeGreaterThan(3_000);
    expect(findCircles(graph).map((circle) => circle.join(" → "))).toEqual([]);
    const circular: ImportGraph = new Map([
      ["a", ["b", "c"]],
      ["b", ["c"]],
      ["c", ["d"]],
      ["d", ["b"]],
    ]);
    expect(findCircles(circular)).toEqual([["b", "c", "d", "b"]]);
  });

  it("app knows lib, lib knows db, db knows leaves of lib, and nothing that ships knows dev", () => {
    const top = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "root");
    const mayKnow: Record<string, readonly string[]> = {
      app: ["lib", "db"],
      lib: ["db"],
      db: ["lib"],
      dev: ["app", "lib", "db", "root"],
      // What the framework wants beside the folders.
      root: ["app", "lib"],
    };
    const wrong = ofCode.filter(
      ({ from, to }) => top(from) !== top(to) && !mayKnow[top(from)]?.includes(top(to)),
    );
    expect(arrows(wrong.filter(({ from }) => from !== "vitest.config.ts"))).toEqual([]);
    const down = ofCode.filter(({ from, to }) => from.startsWith("db/") && to.startsWith("lib/"));
    const commands = ["db/main.ts", "db/distribute/main.ts"];
    expect(arrows(down.filter(({ from, to }) => !commands.includes(from) && !LEAVES.test(to)))).toEqual([]);
  });

  it("the desk is above all of lib: nobody else there knows it", () => {
    const known = ofCode.filter(
      ({ from, to }) =>
        from.startsWith("lib/") && !from.startsWith("lib/desk/") && to.startsWith("lib/desk/"),
    );
    expect(arrows(known)).toEqual([]);
    expect(ofCode.filter(({ to }) => to.startsWith("lib/desk/")).length).toBeGreaterThan(20);
  });

  it("the rooms of billing know what is below them, and nothing below knows what is above them all", () => {
    const roomOf = (path: string) => /^lib\/billing\/([^/]+)\//.exec(path)?.[1] ?? null;
    const mayKnow: Record<string, readonly string[]> = {
      attention: [],
      allowances: ["attention", "returns"],
      cards: ["attention"],
      details: [],
      documents: ["details"],
      notices: ["cards", "returns"],
      orders: ["cards", "allowances", "attention", "returns"],
      returns: ["attention"],
      subscriptions: ["cards", "allowances", "attention"],
    };
    const inside = ofCode.filter(({ from, to }) =>
      [from, to].every((path) => path.startsWith("lib/billing/")),
    );
    const rooms = inside.flatMap(({ from, to }) => [roomOf(from), roomOf(to)]);
    expect([...new Set(rooms)].filter((each) => each !== null).sort()).toEqual(Object.keys(mayKnow).sort());
    const isRight = (from: string, to: string) => {
      const [own, other] = [roomOf(from), roomOf(to)];
      if (own === null && ABOVE_ROOMS.test(from)) return true;
      if (other === null) return !ABOVE_ROOMS.test(to);
      return own !== null && (own === other || mayKnow[own]?.includes(other) === true);
    };
    expect(arrows(inside.filter(({ from, to }) => !isRight(from, to)))).toEqual([]);
    expect(inside.filter(({ from }) => ABOVE_ROOMS.test(from)).length).toBeGreaterThan(8);
  });

  it("no folder of billing is imported back, of a room neither", () => {
    const folderOf = (path: string) => /^lib\/billing\/(.+)\/[^/]+$/.exec(path)?.[1] ?? null;
    const folders = new Map<string, Set<string>>();
    for (const { from, to } of ofCode) {
      const [own, other] = [folderOf(from), folderOf(to)];
      if (own === null) continue;
      folders.set(own, folders.get(own) ?? new Set());
      if (other !== null && other !== own) folders.get(own)?.add(other);
    }
    expect(folders.size).toBeGreaterThan(12);
    const known: ImportGraph = new Map([...folders].map(([own, others]) => [own, [...others]]));
    expect(findCircles(known).map((circle) => circle.join(" → "))).toEqual([]);
  });
});

/** What looks at several rooms of billing. */
const ABOVE_ROOMS = /^lib\/billing\/(account-view|as-customer|forget-stripe|handle-event|sync-accounts)\.ts$/;
/** What a column may hold. */
const LEAVES = /^lib\/(money|calendar|result|ids|plain-text|catalog)\b/;
