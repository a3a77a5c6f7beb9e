import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { fromPublicId, newId, toPublicId } from "./ids";

test("sorts by time of creation", () => {
  const made = Array.from({ length: 1_000 }, newId);
  expect(made.toSorted()).toEqual(made);
});

test.prop([fc.uuid()])("comes back from its public form, and only as its own kind", (uuid) => {
  expect(fromPublicId("order", toPublicId("order", uuid))).toBe(uuid);
  expect(fromPublicId("grant", toPublicId("order", uuid))).toBeNull();
});

test.prop([fc.anything()])("takes nothing else for an id", (given) => {
  expect(fromPublicId("order", given)).toBeNull();
});
