import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { clientAddress, UNKNOWN_ADDRESS } from "./address";
import { PEER_HEADER, recordPeerAddresses } from "./peer-address";

const sent = (headers: Record<string, string>) => new Headers(headers);

/** Whom a server of this process takes the sender of a request with these headers for. */
async function seenFor(headers: Record<string, string>): Promise<string> {
  recordPeerAddresses();
  let seen: IncomingHttpHeaders = {};
  const server = createServer((request, response) => {
    seen = request.headers;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}`, { headers });
  await new Promise((resolve) => server.close(resolve));
  return clientAddress(new Headers(seen as Record<string, string>), { trustedProxies: 0 });
}

describe("a client's address", () => {
  it("is what the trusted proxy wrote, not what the client wrote before it", () => {
    const headers = sent({ "x-forwarded-for": "1.1.1.1, 203.0.113.9", "x-refill-peer": "10.0.0.1" });
    expect(clientAddress(headers, { trustedProxies: 1 })).toBe("203.0.113.9");
  });

  it("without a trusted proxy is the connection's, whatever the client claims", async () => {
    expect(await seenFor({ "x-forwarded-for": "1.1.1.1", "x-real-ip": "2.2.2.2" })).toBe("127.0.0.1");
  });

  it("is nobody's in particular where the connection's was not recorded", () => {
    const headers = sent({ "x-forwarded-for": "1.1.1.1", "x-refill-peer": "2.2.2.2" });
    expect(clientAddress(headers, { trustedProxies: 0 })).toBe(UNKNOWN_ADDRESS);
    expect(clientAddress(sent({ "x-forwarded-for": "garbage" }), { trustedProxies: 1 })).toBe(
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
    ["::ffff:c000:201", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:5678", "192.0.2.1"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]", "2001:db8:1:2::/64"],
    ["[::ffff:192.0.2.1]:80", "192.0.2.1"],
    ["::", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ])("counts %s as %s", (address, counted) => {
    expect(clientAddress(sent({ "x-forwarded-for": address }), { trustedProxies: 1 })).toBe(counted);
  });
});

describe("behind several proxies", () => {
  const ipv4 = fc.ipV4();
  const ipv6 = fc.ipV6();
  const written = fc.oneof(
    ipv4,
    ipv6,
    fc.tuple(ipv4, fc.integer({ min: 0, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`),
    fc.tuple(ipv6, fc.integer({ min: 0, max: 65_535 })).map(([ip, port]) => `[${ip}]:${port}`),
    ipv6.map((ip) => `[${ip}]`),
  );
  const claimed = fc.array(fc.oneof(written, fc.string({ maxLength: 20 })), { maxLength: 5 });
  const at = (forwarded: string, trustedProxies: number) =>
    clientAddress({ get: (name) => (name === "x-forwarded-for" ? forwarded : null) }, { trustedProxies });

  property.prop([claimed, fc.array(written, { minLength: 1, maxLength: 5 })])(
    "is what the outermost of them wrote, whatever the client claimed before it",
    (made, hops) => {
      const honest = at(hops.join(", "), hops.length);
      expect(honest).not.toBe(UNKNOWN_ADDRESS);
      expect(at([...made, ...hops].join(","), hops.length)).toBe(honest);
    },
  );

  property.prop([written])(
    "is the same with and without port and brackets, and one of a subscriber's",
    (told) => {
      const bare = told.replace(/^\[([^\]]*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
      expect(at(told, 1)).toBe(at(bare, 1));
      expect(at(told, 1)).toMatch(/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}::\/64)$/);
    },
  );

  property.prop([fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.nat(0xffff)])(
    "counts a /64 as one, and two of them as two",
    (numbers, other) => {
      const hex = (list: number[]) => list.map((each) => each.toString(16)).join(":");
      const [network, host] = [numbers.slice(0, 4), numbers.slice(4)];
      fc.pre(numbers.slice(0, 4).some((each) => each > 0)); // Otherwise it may be an IPv4 address.
      const first = at(hex(numbers), 1);
      expect(
        at(hex([...network, other, ...host.slice(1)].map((n, index) => (index < 4 ? n : n | 1))), 1),
      ).toBe(first);
      const elsewhere = [...network.slice(0, 3), (network[3] ?? 0) ^ 1, ...host];
      expect(at(hex(elsewhere), 1)).not.toBe(first);
    },
  );

  property.prop([fc.string({ maxLength: 200 }), fc.integer({ min: 0, max: 4 })])(
    "is unknown when it is not written as one, and never anything else",
    (garbage, proxies) => {
      expect(at(garbage, proxies)).toMatch(/^(unknown|[0-9.]+|[0-9a-f:]+::\/64)$/);
    },
  );

  it.each([
    ["one proxy less than there should be", "203.0.113.9", 2],
    ["nothing", "", 1],
    ["an empty entry", "203.0.113.9, ", 1],
    ["a name", "unknown", 1],
    ["a host", "evil.example:80", 1],
    ["brackets around IPv4", "[203.0.113.9]", 1],
    ["a port that is none", "203.0.113.9:http", 1],
    ["numbers too large", "203.0.113.999", 1],
    ["a list without end", "203.0.113.9,".repeat(100_000), 1],
  ])("%s is nobody's address", (_, forwarded, proxies) => {
    expect(at(forwarded, proxies)).toBe(UNKNOWN_ADDRESS);
  });
});

describe("the address of a connection", () => {
  it("is written over whatever the client claims it to be", async () => {
    expect(await seenFor({ [PEER_HEADER]: "1.1.1.1" })).toBe("127.0.0.1");
    expect(await seenFor({ [PEER_HEADER]: `${"0".repeat(32)} 1.1.1.1` })).toBe("127.0.0.1");
  });

  it("is not believed where it was not written by this process, as for what came before it looked", () => {
    recordPeerAddresses();
    for (const claimed of ["1.1.1.1", " 1.1.1.1", "undefined 1.1.1.1", `${"0".repeat(32)} 1.1.1.1`])
      expect(clientAddress(sent({ [PEER_HEADER]: claimed }), { trustedProxies: 0 })).toBe(UNKNOWN_ADDRESS);
  });
});
