import { describe, expect, it } from "vitest";
import { bucket, grantKind, holdStatus } from "../../db/schema";
import type { Bucket, GrantKind, Problem } from "./types";

// The client imports nothing of the house, so that it can be copied: these keep its lists the schema's. What one has and the
// other has not does not compile.
const BUCKETS: Readonly<Record<Bucket, (typeof bucket.enumValues)[number]>> = {
  issued: "issued",
  available: "available",
  held: "held",
  spent: "spent",
  expired: "expired",
  revoked: "revoked",
  owed: "owed",
};
const KINDS: Readonly<Record<GrantKind, (typeof grantKind.enumValues)[number]>> = {
  plan: "plan",
  promotional: "promotional",
  adjustment: "adjustment",
  purchase: "purchase",
};
type HoldEnd = NonNullable<Problem["endedAs"]>;
const ENDS: Readonly<Record<HoldEnd, (typeof holdStatus.enumValues)[number]>> = {
  captured: "captured",
  released: "released",
  expired: "expired",
};

describe("the client's closed sets", () => {
  it.each([
    ["buckets", BUCKETS, bucket.enumValues],
    ["kinds of grants", KINDS, grantKind.enumValues],
    ["ends of holds", ENDS, holdStatus.enumValues.filter((each) => each !== "open")],
  ])("has the %s that the schema has, and no other", (_, mine, theirs) => {
    expect(Object.keys(mine).sort()).toEqual([...theirs].sort());
    expect(Object.entries(mine).every(([key, value]) => key === value)).toBe(true);
  });
});
