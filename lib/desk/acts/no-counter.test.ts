import { expect, it } from "vitest";
import { ACTS } from "./acts";
import { isActKind, KEPT_KINDS } from "./kinds";
import { WHY_NO_COUNTER } from "./no-counter";

it("whatever is kept among the acts has one that takes it back, or says why nothing does", () => {
  const without = KEPT_KINDS.filter((kind) => !isActKind(kind) || ACTS[kind].counter === null);
  expect(Object.keys(WHY_NO_COUNTER).toSorted()).toEqual(without.toSorted());
});
