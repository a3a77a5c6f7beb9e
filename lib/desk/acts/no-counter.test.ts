import { expect, it } from "vitest";
import { ACTS } from "./acts";
import { ACT_KINDS } from "./kinds";
import { WHY_NO_COUNTER } from "./no-counter";

it("each act has one that takes it back, or says why nothing does", () => {
  const without = ACT_KINDS.filter((kind) => ACTS[kind].counter === null);
  expect(Object.keys(WHY_NO_COUNTER).toSorted()).toEqual(without.toSorted());
});
