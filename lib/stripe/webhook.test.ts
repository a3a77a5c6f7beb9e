import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { WEBHOOK_EVENTS } from "./webhook";

it("names in the README exactly the events an endpoint has to be sent", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const step = /add a webhook endpoint[\s\S]*?signing secret/.exec(readme)?.[0] ?? "";
  const named = [...step.matchAll(/`([a-z_]+\.[a-z_.]+)`/g)].map(([, name]) => name);
  expect(named.toSorted()).toEqual([...WEBHOOK_EVENTS].sort());
});
