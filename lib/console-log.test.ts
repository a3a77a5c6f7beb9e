import { format } from "node:util";
import { afterEach, expect, it } from "vitest";
import { captureConsole } from "./console-log";
import { createLogger } from "./log";

let restore = () => {};
afterEach(() => restore());

/** What is logged while `print` uses the console. */
function capture(print: (log: ReturnType<typeof createLogger>) => void) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("info", { write: (line: string) => void lines.push(JSON.parse(line)) });
  restore = captureConsole(log);
  print(log);
  restore();
  return lines;
}

it("turns what a library prints into one line of our own each", () => {
  const lines = capture(() => {
    console.error("\u001b[31m⨯\u001b[39m", new Error("Failed query: select\nparams: marker-1"));
    console.warn("⚠ something is deprecated");
    console.log("");
    console.debug("nobody asked");
  });
  expect(lines).toMatchObject([
    { level: 50, source: "console.error", err: { type: "Error", message: "Failed query: [removed]" } },
    { level: 40, source: "console.warn", msg: "something is deprecated" },
  ]);
  expect(lines).toHaveLength(2);
  expect(format(lines)).not.toContain("marker-1");
});

it("does not tell an error again that was logged", () => {
  const error = new Error("seen");
  const lines = capture((log) => {
    log.error({ err: new Error("around", { cause: error }) }, "a page failed");
    console.error("⨯", error);
    console.error(error);
    console.error(new Error("another"));
  });
  expect(lines.map(({ msg }) => msg)).toEqual(["a page failed", "an error"]);
});

it("cleans objects as it does in any log line", () => {
  const lines = capture(() => {
    console.error("a library says", { token: "marker-2", deep: [{ password: "marker-3" }], id: 7 });
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ msg: "a library says", things: [{ id: 7, token: "[removed]" }] });
  expect(format(lines)).not.toMatch(/marker/);
});
