import { describe, expect, it } from "vitest";
import { refuseRequestLine } from "./request-line";

describe("a request line", () => {
  it("of ours is let through, whatever it asks for", () => {
    for (const url of [
      "/",
      "/sign-in?error=%E0%A4%A", // What is asked for is the page's to read.
      "//evil.example",
      "/%00",
      "/settings/billing/buy-credit/__proto__",
      "/%F0%9F%92%B3?a=?b",
      `/${"a".repeat(10_000)}`,
    ]) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
        expect(refuseRequestLine(method, url), url).toBeNull();
    }
  });

  it("whose address cannot be read is refused", () => {
    for (const url of [
      undefined,
      "",
      "*",
      "sign-in",
      "http://evil.example/sign-in",
      "/%E0%A4%A",
      "/settings/%",
      "/%C0%AE%C0%AE/",
      "/%zz?ok",
    ]) {
      expect(refuseRequestLine("GET", url), url).toMatchObject({ status: 400 });
    }
  });

  it("with a method nothing knows is refused with those there are", () => {
    for (const method of [undefined, "TRACE", "CONNECT", "PROPFIND", "get", "__proto__"]) {
      expect(refuseRequestLine(method, "/"), method).toMatchObject({ status: 405, allow: "GET, HEAD, POST" });
    }
  });
});
