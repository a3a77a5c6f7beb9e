import { describe, expect, it } from "vitest";
import { cardPayReturnPath, readSessionId, redirectTo } from "./return-paths";

describe("coming back from the provider", () => {
  it("reads a session's id, and nothing that cannot be one", () => {
    expect(readSessionId(new URLSearchParams("session_id=cs_test_a1B2"))).toBe("cs_test_a1B2");
    for (const query of [
      "",
      "session_id=",
      "session_id=pi_1",
      "session_id=cs_a/../b",
      "session_id=cs_a%20b",
    ]) {
      expect(readSessionId(new URLSearchParams(query)), query).toBeNull();
    }
  });

  it("carries what is to be paid through the provider's page, unaltered", () => {
    const pay = { invoice: "in_1&x=y", cents: "29900", request: "0192" };
    const url = new URL(cardPayReturnPath(pay), "https://app.example");
    expect(Object.fromEntries(url.searchParams)).toEqual(pay);
  });

  it("goes on to a page of ours, and leaves no trace of where it came from", () => {
    const { status, headers } = redirectTo("/settings?a=b", "https://app.example");
    expect(status).toBe(303);
    expect(Object.fromEntries(headers)).toEqual({
      "cache-control": "no-store",
      location: "https://app.example/settings?a=b",
      "referrer-policy": "no-referrer",
    });
  });
});
