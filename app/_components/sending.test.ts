import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenReachable } from "./sending";

const asked = vi.fn<typeof fetch>();
const look = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", asked);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

test("asks every few seconds until the server answers, and then looks once", async () => {
  asked.mockRejectedValueOnce(new TypeError("offline")).mockRejectedValueOnce(new TypeError("offline"));
  asked.mockResolvedValue(new Response());
  whenReachable(look, 10_000);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(asked).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(3_001);
  expect(asked).toHaveBeenCalledTimes(2);
  expect(look).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(3);
  expect(look).toHaveBeenCalledTimes(1);
});

test("asks again while an answer is out, and looks once when several come", async () => {
  const answers: (() => void)[] = [];
  asked.mockImplementation(() => new Promise((resolve) => answers.push(() => resolve(new Response()))));
  whenReachable(look, 0);
  await vi.advanceTimersByTimeAsync(6_000);
  for (const answer of answers) answer();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers).toHaveLength(3);
  expect(look).toHaveBeenCalledTimes(1);
});

test("stopped, neither asks nor looks, not even when an answer is on its way", async () => {
  let answer = () => {};
  asked.mockImplementation(() => new Promise((resolve) => (answer = () => resolve(new Response()))));
  const stop = whenReachable(look, 0);
  await vi.advanceTimersByTimeAsync(0);
  stop();
  answer();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(look).toHaveBeenCalledTimes(0);
});
