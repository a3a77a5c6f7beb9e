import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { clientAddress, UNKNOWN_ADDRESS } from "./address";
import { PEER_HEADER, recordPeerAddresses } from "./peer-address";

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

describe("the address of a connection", () => {
  it("is written over whatever the client claims it to be", async () => {
    recordPeerAddresses();
    let seen: IncomingHttpHeaders = {};
    const server = createServer((request, response) => {
      seen = request.headers;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}`, { headers: { [PEER_HEADER]: "1.1.1.1" } });
    await new Promise((resolve) => server.close(resolve));
    expect(seen[PEER_HEADER]).toBe("127.0.0.1");
    expect(clientAddress(new Headers({ [PEER_HEADER]: "127.0.0.1" }), { trustedProxy: false })).toBe(
      "127.0.0.1",
    );
  });
});
