import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { explainOutages, noteFailure } from "./unavailable";

const AWAY = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
const remembered = () =>
  (globalThis as typeof globalThis & { refillUnavailable?: Map<string, boolean> }).refillUnavailable?.size;

function watched() {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  explainOutages(request, response);
  return { request, response };
}

it("a page that failed for want of the database is answered 503 in words", () => {
  const { request, response } = watched();
  noteFailure(AWAY, request.headers);
  response.writeHead(500);
  expect(response.statusCode).toBe(503);
  expect(response.getHeader("Retry-After")).toBe("5");
  response.emit("close");
});

it("a page that failed of itself stays a 500", () => {
  const { request, response } = watched();
  noteFailure(new Error("ours"), request.headers);
  response.writeHead(500);
  expect(response.statusCode).toBe(500);
  response.emit("close");
});

it("nothing is remembered of a request whose client went before it failed, nor of one that nobody watched", () => {
  const before = remembered();
  const { request, response } = watched();
  response.emit("close");
  noteFailure(AWAY, request.headers);
  noteFailure(AWAY, { "x-refill-request": "made up" });
  expect(remembered()).toBe(before);
});
