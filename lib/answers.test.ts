import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerHeaders, guardAnswers } from "./answers";

const APP_URL = "https://billing.example.com";

let server: Server;
let stop: () => void;
const served: string[] = [];

beforeAll(async () => {
  stop = guardAnswers(APP_URL);
  server = createServer((incoming, response) => {
    served.push(`${incoming.method} ${incoming.url}`);
    if (incoming.url === "/fault") response.writeHead(500, { "Content-Type": "text/plain" });
    if (incoming.url === "/posted-to") response.statusCode = 405;
    if (incoming.url === "/file") response.writeHead(200, ["Cache-Control", "public, max-age=31536000"]);
    if (incoming.url === "/under-way") return response.write("begun");
    if (incoming.url === "/page") response.setHeader("Content-Security-Policy", "script-src 'nonce-1'");
    response.end("served");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  stop();
  await new Promise((resolve) => server.close(resolve));
});

const port = () => (server.address() as AddressInfo).port;

async function ask(path: string, method = "GET"): Promise<{ answer: IncomingMessage; body: string }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port: port(), path, method, agent: false }, resolve).once("error", reject).end();
  });
  return { answer, body: await text(answer) };
}

/** What comes back for bytes that are no request of any client's. */
const send = (bytes: string): Promise<string> => {
  const socket = connect(port(), "127.0.0.1", () => socket.write(bytes));
  return text(socket);
};

describe("every answer", () => {
  it("says what protects a browser, whoever makes it", async () => {
    for (const path of ["/", "/fault", "/posted-to", "/file", "/%zz"]) {
      const { answer } = await ask(path);
      for (const [name, value] of Object.entries(answerHeaders(APP_URL)))
        expect(answer.headers[name.toLowerCase()], `${path}: ${name}`).toBe(value);
    }
    expect((await ask("/page")).answer.headers["content-security-policy"]).toBe("script-src 'nonce-1'");
  });

  it("asks for https from then on where the application is reached by it, and nowhere else", async () => {
    expect((await ask("/")).answer.headers["strict-transport-security"]).toMatch(/^max-age=63072000;/);
    expect(answerHeaders("http://localhost:3000")).not.toHaveProperty("Strict-Transport-Security");
  });

  it("is kept by nobody, unless it says that it may be", async () => {
    expect((await ask("/")).answer.headers["cache-control"]).toBe("no-store");
    expect((await ask("/fault")).answer.headers["cache-control"]).toBe("no-store");
    expect((await ask("/file")).answer.headers["cache-control"]).toBe("public, max-age=31536000");
  });

  it("that refuses a method names those there are", async () => {
    expect((await ask("/posted-to", "DELETE")).answer.headers.allow).toBe("GET, HEAD, OPTIONS");
    expect((await ask("/posted-to", "GET")).answer.headers.allow).toBe("POST, OPTIONS");
  });
});

describe("what cannot be read", () => {
  it("is answered before anybody is asked", async () => {
    served.length = 0;
    for (const [path, method, status] of [
      ["/%E0%A4%A", "GET", 400],
      ["http://evil.example/", "GET", 400],
      ["*", "OPTIONS", 400],
      ["/", "TRACE", 405],
      ["/", "PROPFIND", 405],
    ] as const) {
      const { answer, body } = await ask(path, method);
      expect(answer.statusCode, path).toBe(status);
      expect(answer.headers.location, path).toBeUndefined();
      expect(body, path).toMatch(/^(This address|Nothing here)/);
    }
    expect(served).toEqual([]);
  });

  it("after an answer that is under way ends the connection, and writes nothing into that answer", async () => {
    await ask("/");
    const socket = connect(port(), "127.0.0.1", () =>
      socket.write("GET /under-way HTTP/1.1\r\nHost: x\r\n\r\n"),
    );
    socket.once("data", () => socket.write("FOO / HTTP/1.1\r\n\r\n"));
    const got: string[] = [];
    socket.on("data", (bytes) => got.push(String(bytes))).on("error", () => {});
    await new Promise((resolve) => socket.once("close", resolve));
    expect(got.join("")).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*begun\r\n$/);
  });

  it("never became a request is refused with the same headers", async () => {
    await ask("/");
    const huge = await send(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(huge).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    const nonsense = await send("FOO / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(nonsense).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    for (const answer of [huge, nonsense])
      for (const [name, value] of Object.entries(answerHeaders(APP_URL)))
        expect(answer).toContain(`${name}: ${value}\r\n`);
  });
});
