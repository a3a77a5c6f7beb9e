import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { WEBHOOK_EVENTS } from "./webhook";

it("names in docs/operate.md exactly the events an endpoint has to be sent", () => {
  const page = readFileSync(new URL("../../docs/operate.md", import.meta.url), "utf8");
  const step = /add a webhook endpoint[\s\S]*?signing secret/.exec(page)?.[0] ?? "";
  const named = [...step.matchAll(/`([a-z_]+\.[a-z_.]+)`/g)].map(([, name]) => name);
  expect(named.toSorted()).toEqual([...WEBHOOK_EVENTS].sort());
});
