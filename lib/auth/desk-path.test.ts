import { describe, expect, it } from "vitest";
import { safeDeskPath, stepUpPath } from "./desk-path";

describe("the way back to the desk", () => {
  it("is a path of the desk, and its front page for everything else", () => {
    for (const path of [
      "/admin",
      "/admin/find?q=a%40b.c",
      "/admin/accounts/acct_1?kind=orders",
      "/admin?x=1",
    ])
      expect(safeDeskPath(path)).toBe(path);
    for (const path of [
      undefined,
      "",
      "/settings/profile",
      "/administrator",
      "//evil.example/admin",
      "https://evil.example/admin",
      "/admin/../settings",
      "/admin//evil",
      "/admin/step-up",
      "/admin/step-up?callbackUrl=/admin/step-up",
      "/admin/\u0000",
    ])
      expect(safeDeskPath(path), String(path)).toBe("/admin");
    expect(stepUpPath("/admin/find?q=x")).toBe("/admin/step-up?callbackUrl=%2Fadmin%2Ffind%3Fq%3Dx");
    expect(stepUpPath("/settings")).toBe("/admin/step-up");
  });
});
