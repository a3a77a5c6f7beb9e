import { createServer } from "node:net";
import { expect, it } from "vitest";
import { freePort, onFreePorts } from "./ports";

it("gives no port twice", async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
});

/** Listens on it until told to stop. */
async function listen(port: number): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return () => new Promise((resolve) => void server.close(() => resolve()));
}

it("starts on another port where somebody took the first between its choice and the start", async () => {
  const taken = await freePort();
  const stop = await listen(taken);
  const ports = [taken, taken];
  const stopAnother = await onFreePorts(async () => listen(ports.pop() ?? (await freePort())));
  expect(ports).toEqual([]);
  await stopAnother();
  await expect(onFreePorts(() => listen(taken))).rejects.toThrow("EADDRINUSE");
  await stop();
});

it("starts nothing again that failed for another reason", async () => {
  let starts = 0;
  const start = async () => {
    starts += 1;
    throw new Error("no such folder");
  };
  await expect(onFreePorts(start)).rejects.toThrow("no such folder");
  expect(starts).toBe(1);
});
