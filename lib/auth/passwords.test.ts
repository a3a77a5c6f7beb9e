import { describe, expect, it } from "vitest";
import { checkNewPassword, DUMMY_HASH, hashPassword, passwordMatches } from "./passwords";

describe("passwords", () => {
  it("match themselves only", async () => {
    const stored = await hashPassword("correct horse battery");
    expect(await passwordMatches(stored, "correct horse battery")).toBe(true);
    expect(await passwordMatches(stored, "correct horse batterz")).toBe(false);
    expect(await passwordMatches(null, "correct horse battery")).toBe(false);
  });

  it("match however a keyboard composes the letters", async () => {
    expect(await passwordMatches(await hashPassword("pa\u0308sswort!!"), "p\u00e4sswort!!")).toBe(true);
  });

  it("that nobody has cost exactly what real ones cost", async () => {
    const cost = (hash: string) => hash.split("$").slice(1, 4).join("$");
    expect(cost(DUMMY_HASH)).toBe(cost(await hashPassword("anything at all")));
  });

  it("of a megabyte are refused without the work", async () => {
    const megabyte = "x".repeat(1_000_000);
    // Its own hash: only who never compares them can say no.
    expect(await passwordMatches(await hashPassword(megabyte), megabyte)).toBe(false);
    const owner = { email: "a@example.com", name: "A", productName: "B" };
    for (const [password, code] of [
      ["x".repeat(1_025), "password_too_long"],
      ["short", "password_too_short"],
    ] as const) {
      expect(checkNewPassword(password, owner)).toEqual({ ok: false, error: { code } });
    }
  });
});
