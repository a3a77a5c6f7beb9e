import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openTestDatabase } from "./testing/database";

const RUNBOOK = fileURLToPath(new URL("../docs/runbook", import.meta.url));
const queries = readdirSync(RUNBOOK).flatMap((page) =>
  [...readFileSync(join(RUNBOOK, page), "utf8").matchAll(/^```sql\n([\s\S]+?)^```$/gm)].map(
    ([, query = ""]) => [page, query] as const,
  ),
);
const test = openTestDatabase();

describe("every query of the runbook", () => {
  it.each(queries)("of %s runs as it stands, and only reads: %s", async (_, query) => {
    await test.owner.begin("read only", async (tx) => {
      await tx.unsafe(query);
    });
  });

  it("is found", () => expect(queries.length).toBeGreaterThan(15));
});
