import { describe, expect, it } from "vitest";
import { browserOf } from "./caller";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

describe("a browser", () => {
  it.each([
    [CHROME, "Chrome", "Windows"],
    [`${CHROME} Edg/130.0.0.0`, "Edge", "Windows"],
    [`${CHROME} OPR/115.0.0.0`, "Opera", "Windows"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox", "Linux"],
    [IPHONE, "Safari", "iPhone"],
    [IPHONE.replace("Version/18.0", "CriOS/130.0"), "Chrome", "iPhone"],
    [
      "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
      "Chrome",
      "Android",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
      "Safari",
      "macOS",
    ],
  ])("is told from what it says of itself: %s", (userAgent, browser, system) => {
    expect(browserOf(userAgent)).toEqual({ browser, system });
  });

  it("has no name of its own making: nothing of what a client writes is kept", () => {
    const nothing = { browser: null, system: null };
    for (const text of [null, "", "<script>Chrome</script>", "curl/8.9", "x".repeat(100_000)])
      expect(browserOf(text)).toEqual(nothing);
  });
});
