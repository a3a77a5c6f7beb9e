import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allowancePayment } from "../db/schema/allowances";
import { orderStatus } from "../db/schema/billing";
import { ROOT } from "./build";

// That the diagrams of ARCHITECTURE.md show the states there are, and none else.
const text = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");

/** The diagram below a heading: its lines, and the ids of what it shows, without texts and labels. */
function diagramBelow(heading: string): { readonly body: string; readonly ids: readonly string[] } {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const body = /^```mermaid\nflowchart LR\n([\s\S]+?)^```$/m.exec(section)?.[1] ?? "";
  const bare = body.replaceAll(/(\(\[|\[\(|\[|\().*?(\]\)|\)\]|\]|\))/g, " ").replaceAll(LABELLED, " ");
  return { body, ids: [...new Set(bare.match(/\b[a-z_]+\b/g) ?? [])].sort() };
}

/** `-- a label -->`, `<-- a label -->`. */
const LABELLED = /<?-- .+? -->/g;

describe("the diagrams of ARCHITECTURE.md", () => {
  it("show every state of an order", () => {
    expect(diagramBelow("4. An order's life").ids).toEqual([...orderStatus.enumValues].sort());
  });

  it("show every payment of an allowance, and where one begins", () => {
    expect(diagramBelow("3. Plans").ids).toEqual([...allowancePayment.enumValues, "given"].sort());
  });

  it("show parts of the house that are there", () => {
    const { body, ids } = diagramBelow("2. Where things are");
    expect(ids.length).toBeGreaterThan(8);
    const parts = [...body.matchAll(/\["?\(?"((?:app|lib|db)[\w/]*)/g)].map(([, path = ""]) => path);
    expect(parts.length).toBeGreaterThan(7);
    for (const path of parts)
      expect([path, existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.ts`))]).toEqual([
        path,
        true,
      ]);
  });
});
