import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startSimulator } from "./server";
import { clientOf, listenForEvents, RETURN_URL, simulate, until } from "./testing";

let folder: string;
let dataFile: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "stripe-simulator-"));
  dataFile = path.join(folder, "data", "stripe.jsonl");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const params: Stripe.PaymentIntentCreateParams = {
  amount: 500,
  currency: "usd",
  payment_method: "pm_card_visa",
  confirm: true,
  return_url: RETURN_URL,
};

it("remembers objects, their order, saved answers and due jobs", async () => {
  const before = await simulate({ dataFile, balanceDelayMs: 50 });
  const paid = await before.stripe.paymentIntents.create(params, { idempotencyKey: "order" });
  const names = ["one", "two", "three"];
  for (const name of names) await before.stripe.customers.create({ name });
  const [oldest] = before.simulator.store.list("customer").slice(-1);
  await before.stripe.customers.update(oldest?.id ?? "", { description: "first" });
  await before.simulator.close();

  const after = await simulate({ dataFile });
  const again = await after.stripe.paymentIntents.create(params, { idempotencyKey: "order" });
  expect(again.id).toBe(paid.id);
  expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
  const listed = await after.stripe.customers.list();
  expect(listed.data.map(({ name }) => name)).toEqual(names.reverse());
  await until(() => after.simulator.store.list("charge")[0]?.balance_transaction);
  await after.simulator.close();
});

it("remembers what other accounts and modes have, in files of their own", async () => {
  const before = await simulate({ dataFile });
  const live = (port: number) =>
    new Stripe("sk_live_local", { host: "127.0.0.1", port, protocol: "http", telemetry: false });
  const { id } = await live(before.simulator.port).customers.create({ name: "real" });
  await before.simulator.close();

  const after = await simulate({ dataFile });
  // Before anybody came with a live key: whose jobs and pages these are is known from the start.
  await expect(after.stripe.customers.retrieve(id)).rejects.toThrow("a similar object exists in live mode");
  expect((await live(after.simulator.port).customers.retrieve(id)).id).toBe(id);
  await after.simulator.close();
});

it("ignores a torn last line and goes on writing after it", async () => {
  const first = await simulate({ dataFile });
  const kept = await first.stripe.customers.create({ name: "kept" });
  await first.simulator.close();
  const whole = fs.readFileSync(dataFile);
  for (const torn of ['[{"table":"customer","id":"cus_torn","row":{"id":"cus', '[{"table":"customer"\n']) {
    fs.writeFileSync(dataFile, whole);
    fs.appendFileSync(dataFile, torn);
    const second = await simulate({ dataFile });
    const later = await second.stripe.customers.create({ name: "later" });
    await second.simulator.close();
    const third = await simulate({ dataFile });
    const ids = (await third.stripe.customers.list()).data.map(({ id }) => id);
    expect(ids).toEqual([later.id, kept.id]);
    await third.simulator.close();
  }
});

it("refuses a file that is damaged in the middle rather than lose what follows", async () => {
  const first = await simulate({ dataFile });
  await first.stripe.customers.create({});
  await first.simulator.close();
  fs.writeFileSync(dataFile, `broken\n${fs.readFileSync(dataFile, "utf8")}`);
  await expect(startSimulator({ dataFile })).rejects.toThrow("unreadable line at byte 0");
});

it("does not touch the file of a simulator that already runs on the port", async () => {
  const first = await simulate({ dataFile });
  await first.stripe.customers.create({});
  const before = fs.statSync(dataFile).ino;
  await expect(startSimulator({ dataFile, port: first.simulator.port })).rejects.toThrow("EADDRINUSE");
  expect(fs.statSync(dataFile).ino).toBe(before);
  await first.simulator.close();
});

it("delivers after a restart what it could not deliver before", async () => {
  const shop = await listenForEvents();
  const first = await simulate({
    dataFile,
    webhook: { ...shop.webhook, url: "http://127.0.0.1:9/" },
    webhookRetryDelaysMs: [50, 60_000],
  });
  await first.stripe.customers.create({ name: "Ann" });
  await until(() => first.simulator.store.list("delivery")[0]?.attempts === 1);
  await first.simulator.close();
  const second = await simulate({ dataFile, webhook: shop.webhook });
  const { event } = await until(() => shop.received[0]);
  expect(event.type).toBe("customer.created");
  await second.simulator.close();
  shop.close();
});

it("loses no answered request when killed at any moment", async () => {
  const answered = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", fileURLToPath(new URL("main.ts", import.meta.url))],
      {
        env: { ...process.env, STRIPE_SIM_PORT: "0", STRIPE_SIM_DATA_FILE: dataFile },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const port = await new Promise<number>((resolve) => {
      child.stdout.on("data", (text) => resolve(Number(/:(\d+)/.exec(String(text))?.[1])));
    });
    const stripe = new Stripe("sk_test_x", {
      host: "127.0.0.1",
      port,
      protocol: "http",
      telemetry: false,
      maxNetworkRetries: 0,
    });
    const enough = answered.size + 10;
    const buyers = Array.from({ length: 4 }, async () => {
      for (;;) {
        answered.add((await stripe.paymentIntents.create(params)).id);
        if (answered.size >= enough) child.kill("SIGKILL"); // In the middle of what the others asked.
      }
    });
    await Promise.allSettled(buyers);
  }
  const simulator = await startSimulator({ dataFile });
  expect(answered.size).toBeGreaterThanOrEqual(20);
  for (const id of answered)
    expect((await clientOf(simulator).paymentIntents.retrieve(id)).status).toBe("succeeded");
  await simulator.close();
}, 90_000);
