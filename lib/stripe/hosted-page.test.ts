import { describe, expect, it } from "vitest";
import { readHostedPage } from "./hosted-page";

const stripe = { apiBase: undefined, domains: [] };

describe("where Stripe may send a browser", () => {
  it.each([
    "https://checkout.stripe.com/c/pay/cs_test_a1#fid",
    "https://billing.stripe.com/p/session/test_1",
    "https://hooks.stripe.com/3d_secure_2/hosted?client_secret=1",
    "https://pay.stripe.com/receipts/1",
    "https://stripe.com/x",
  ])("%s is a page of Stripe's", (address) => {
    expect(readHostedPage(address, stripe)).toBe(address);
  });

  it.each([
    "http://checkout.stripe.com/c/pay/cs_test_a1",
    "https://stripe.com.evil.example/pay",
    "https://notstripe.com/pay",
    "https://evil.example/?x=https://stripe.com",
    "https://stripe.com@evil.example/",
    "https://user:pass@checkout.stripe.com/",
    "https://pay.example.com/c/pay/1",
    "javascript:alert(1)",
    "//checkout.stripe.com/pay",
    "/settings/billing",
    "",
  ])("%s is none", (address) => {
    expect(readHostedPage(address, stripe)).toBeNull();
  });

  it("takes the operator's own domain where it is named, and no domain below it", () => {
    const own = { apiBase: undefined, domains: ["pay.example.com"] };
    expect(readHostedPage("https://pay.example.com/c/pay/1", own)).toBe("https://pay.example.com/c/pay/1");
    expect(readHostedPage("http://pay.example.com/c/pay/1", own)).toBeNull();
    expect(readHostedPage("https://x.pay.example.com/c/pay/1", own)).toBeNull();
  });

  it("goes wherever another API base leads, but only by the web", () => {
    const simulated = { apiBase: "http://127.0.0.1:12111", domains: [] };
    expect(readHostedPage("http://127.0.0.1:12111/checkout/cs_1", simulated)).not.toBeNull();
    expect(readHostedPage("javascript:alert(1)", simulated)).toBeNull();
  });
});
