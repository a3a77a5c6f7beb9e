import { describe, expect, it } from "vitest";
import { clientAddress, UNKNOWN_ADDRESS } from "./address";

const sent = (headers: Record<string, string>) => new Headers(headers);

describe("a client's address", () => {
  it("is what the trusted proxy wrote, not what the client wrote before it", () => {
    const headers = sent({ "x-forwarded-for": "1.1.1.1, 203.0.113.9", "x-refill-peer": "10.0.0.1" });
    expect(clientAddress(headers, { trustedProxy: true })).toBe("203.0.113.9");
  });

  it("without a trusted proxy is the connection's, whatever the client claims", () => {
    const headers = sent({
      "x-forwarded-for": "1.1.1.1",
      "x-real-ip": "2.2.2.2",
      "x-refill-peer": "198.51.100.7",
    });
    expect(clientAddress(headers, { trustedProxy: false, peersRecorded: true })).toBe("198.51.100.7");
  });

  it("is nobody's in particular while connections are not recorded", () => {
    const headers = sent({ "x-forwarded-for": "1.1.1.1", "x-refill-peer": "2.2.2.2" });
    expect(clientAddress(headers, { trustedProxy: false, peersRecorded: false })).toBe(UNKNOWN_ADDRESS);
    expect(clientAddress(sent({ "x-forwarded-for": "garbage" }), { trustedProxy: true })).toBe(
      UNKNOWN_ADDRESS,
    );
  });

  it.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
  ])("counts %s as %s", (address, counted) => {
    expect(clientAddress(sent({ "x-forwarded-for": address }), { trustedProxy: true })).toBe(counted);
  });
});
