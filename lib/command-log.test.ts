import { expect, it } from "vitest";
import { createCommandLog } from "./command-log";
import { showProgress } from "./progress";

function logOn(isTTY: boolean, level: string) {
  const written: string[] = [];
  const screen = { isTTY, write: (text: string) => void written.push(text) };
  const progress = showProgress(screen);
  progress.step("orders", 2);
  const log = createCommandLog(level, progress, screen);
  written.splice(0);
  log.info({ orderId: "one" }, "an order is paid");
  log.warn({ orderId: "two" }, "another amount");
  progress.end();
  return written;
}
const CLEAR = "\r\u001b[2K";

it("is of warnings on a terminal, each without the line of progress in it", () => {
  const written = logOn(true, "info");
  expect(written).toEqual([CLEAR, expect.stringMatching(/^\{"level":40,.*"another amount"\}\n$/), CLEAR]);
});

it("is all of it where nobody watches, as lines of JSON", () => {
  const written = logOn(false, "info");
  expect(written.map((line) => JSON.parse(line).msg)).toEqual(["an order is paid", "another amount"]);
});

it("says no more on a terminal than it is told to", () => {
  expect(logOn(true, "error")).toEqual([CLEAR]);
  expect(logOn(true, "silent")).toEqual([CLEAR]);
});
