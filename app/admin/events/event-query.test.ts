import { describe, expect, it } from "vitest";
import { idInCursor, writeCursor } from "@/lib/desk/cursor";
import { eventsPath, readEventQuery } from "./event-query";

const account = `acct_${"0".repeat(31)}1`;

describe("what an address asks of the list of events", () => {
  it("is everything when it asks nothing, and is found again in the address that leads to it", () => {
    expect(readEventQuery({})).toEqual({
      filter: { type: null, state: null, accountId: null },
      after: null,
      problems: [],
    });
    const asked = readEventQuery({ type: " invoice.paid ", state: "parked", account });
    expect(asked.problems).toEqual([]);
    const url = new URL(eventsPath(asked.filter), "https://example.com");
    expect(readEventQuery(Object.fromEntries(url.searchParams))).toEqual(asked);
  });

  it.each([
    [{ state: "done" }, 1],
    [{ state: "__proto__", account: "acct_x", type: "' or 1=1 --" }, 3],
    [{ state: ["parked", "due"] }, 0],
  ])("shows everything in place of %j, and says so", (query, problems) => {
    const asked = readEventQuery(query as Record<string, string>);
    expect(asked.filter).toEqual({ type: null, state: null, accountId: null });
    expect(asked.problems).toHaveLength(problems);
  });

  it("goes on behind any id, and nowhere from what is none", () => {
    const cursor = { createdAt: new Date("2026-11-30T10:00:00.123Z"), id: "task sweep_mail 019-a" };
    const written = writeCursor(cursor);
    expect(readEventQuery({ after: written }).after).toEqual(cursor);
    for (const after of ["x", "1.", "1.zz", "1.0", "1.00", `1.${"6".repeat(301)}`])
      expect(readEventQuery({ after }).after, after).toBeNull();
    expect(idInCursor("ff")).toBeNull();
  });
});
