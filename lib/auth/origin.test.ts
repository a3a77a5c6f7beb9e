import { describe, expect, it } from "vitest";
import { isOwnOrigin } from "./origin";

const from = (origin?: string) => new Headers(origin === undefined ? {} : { origin });

describe("the origin of a request", () => {
  it.each([
    undefined,
    "null",
    "",
    "https://evil.example",
    "https://billing.example.evil.example",
    "https://billing.example:8443",
    "http://billing.example",
    "https://billing.example/",
    "https://BILLING.example@evil.example",
    "https://billing.example, https://evil.example",
    "http://localhost:3000",
  ])("%j is foreign to https://billing.example", (origin) => {
    expect(isOwnOrigin(from(origin), "https://billing.example/settings")).toBe(false);
  });

  it("is our own when it is APP_URL's", () => {
    expect(isOwnOrigin(from("https://billing.example"), "https://billing.example/settings")).toBe(true);
  });

  it("on a developer's machine may use any name of the loopback, on the same port", () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(isOwnOrigin(from(`http://${host}:3000`), "http://127.0.0.1:3000")).toBe(true);
      expect(isOwnOrigin(from(`http://${host}:3001`), "http://127.0.0.1:3000")).toBe(false);
      expect(isOwnOrigin(from(`https://${host}:3000`), "http://127.0.0.1:3000")).toBe(false);
    }
    expect(isOwnOrigin(from("http://localhost"), "http://localhost")).toBe(true);
  });
});
