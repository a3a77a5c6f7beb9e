import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { linkDeps, someCaller } from "@/dev/testing/links";
import { recordSecurityEvent } from "./security-events";
import { listSignInHistory } from "./sign-in-history";

const test = openTestDatabase();

describe("the sign-in history", () => {
  it("is one's own, the newest first, by pages, without what is not told", async () => {
    const { userId, accountId } = await makeAccount(test.db);
    const other = await makeAccount(test.db);
    const caller = someCaller();
    const deps = linkDeps(test.db);
    for (let n = 0; n < 25; n += 1)
      await recordSecurityEvent(deps, {
        kind: "signed_in",
        userId,
        accountId,
        caller,
        details: { by: "password" },
      });
    await recordSecurityEvent(deps, {
      kind: "member_removed",
      userId,
      caller,
      details: { by: other.userId },
    });
    await recordSecurityEvent(deps, { kind: "signed_in", userId: other.userId, caller });
    const first = await listSignInHistory(test.db, userId);
    const second = await listSignInHistory(test.db, userId, { after: first.next });
    expect([first.events.length, second.events.length, second.next]).toEqual([20, 5, null]);
    const all = [...first.events, ...second.events];
    expect(new Set(all.map(({ id }) => id)).size).toBe(25);
    expect(all.map(({ at }) => at.getTime())).toEqual(
      all.map(({ at }) => at.getTime()).sort((a, b) => b - a),
    );
    expect(first.events[0]).toEqual({
      id: expect.any(String),
      at: expect.any(Date),
      kind: "signed_in",
      times: 1,
      address: caller.address,
      browser: "Firefox",
      system: "Linux",
      by: "password",
    });
  });
});
