import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Stripe from "stripe";
import { expect, it } from "vitest";
import type { ProductState } from "./flow";
import type { Exchange } from "./proxy";
import { type Entry, readTranscripts, toTranscript, writeTranscript } from "./transcript";

const START = 1_800_000_000;
const EXCHANGE: Exchange = {
  by: "application",
  method: "POST",
  path: "/v1/customers",
  asked: { email: "a@b.test" },
  idempotencyKey: "account:0192f0c1-a2b3-7c4d-8e5f-6a7b8c9d0e1f",
  status: 200,
  requestId: "req_000000000001",
  replayed: false,
  answer: { id: "cus_000000000001", created: START + 5 },
};
const exchange = (more: Partial<Exchange> = {}): Entry => ({
  kind: "exchange",
  exchange: { ...EXCHANGE, ...more },
});
const event: Entry = {
  kind: "event",
  delivered: true,
  event: {
    type: "customer.updated",
    created: START + 86_400,
    api_version: "2026-10-28.endive",
    data: { object: { id: "cus_000000000001" }, previous_attributes: { email: "old@b.test" } },
  } as unknown as Stripe.Event,
};
const state: Entry = {
  kind: "state",
  state: { balance: { remaining: 5n } } as unknown as ProductState,
  at: new Date((START + 3 * 86_400) * 1_000),
};
const fold = (entries: readonly Entry[], failure: string | null = null, times?: "counted" | "kept") =>
  toTranscript(
    { flow: { name: "buy-once" }, target: "simulator", startSeconds: START, entries, failure },
    times,
  );

it("folds what was seen into steps, with one alias for one id throughout", () => {
  const entries: Entry[] = [
    exchange(),
    { kind: "step", name: "buy" },
    exchange({ path: "/v1/customers/cus_000000000001" }),
    event,
    state,
  ];
  const { steps, apiVersion, outcome } = fold([
    ...entries,
    { kind: "answer", question: "Q1", answer: "yes" },
  ]);
  expect({ apiVersion, outcome }).toEqual({ apiVersion: "2026-10-28.endive", outcome: "passed" });
  expect(steps.map(({ name, requests }) => [name, requests.map(({ path }) => path)])).toEqual([
    ["before the first step", ["/v1/customers"]],
    ["buy", ["/v1/customers/cus_1"]],
  ]);
  expect(steps[0]?.requests[0]).toMatchObject({
    asked: { email: "e-mail" },
    key: "account:uuid_1",
    answer: { id: "cus_1", created: "start" },
  });
  expect(steps[1]).toMatchObject({
    at: "day 3",
    state: { balance: { remaining: "5" } },
    events: [
      { type: "customer.updated", created: "day 1", object: { id: "cus_1" }, previous: { email: "e-mail" } },
    ],
  });
});

it("is the same of two runs that differ in ids, keys and times of day alone", () => {
  const other = JSON.parse(
    JSON.stringify([exchange(), event])
      .replaceAll("cus_000000000001", "cus_00000000000Z")
      .replaceAll("0192f0c1-a2b3", "0192f0c1-ffff")
      .replaceAll(`${START + 5}`, `${START + 50}`),
  ) as Entry[];
  expect(fold(other)).toEqual(fold([exchange(), event]));
});

it("keeps of a list of everybody's that it was asked for, of a customer's what was answered", () => {
  const list = { method: "GET", path: "/v1/payment_intents", answer: { object: "list", data: [] } };
  const answers = fold([
    exchange({ ...list, asked: { limit: "100" } }),
    exchange({ ...list, asked: { limit: "100", customer: "cus_000000000001" } }),
    exchange({ ...list, path: "/v1/customers/cus_000000000001/payment_methods", asked: {} }),
    exchange({ ...list, path: "/v1/account", asked: {}, answer: { id: "acct_000000000001" } }),
  ]).steps[0]?.requests.map(({ answer }) => answer);
  expect(answers).toEqual([
    "of the whole sandbox",
    { object: "list", data: [] },
    { object: "list", data: [] },
    "of the whole sandbox",
  ]);
});

it("keeps times and everybody's lists where it is to be played again", () => {
  const list = {
    method: "GET",
    path: "/v1/prices",
    asked: {},
    answer: { object: "list", data: [{ created: START }] },
  };
  const { steps } = fold([exchange(list), state], null, "kept");
  expect(steps[0]?.requests[0]?.answer).toEqual({ object: "list", data: [{ created: START }] });
  expect(steps[0]?.at).toBe(START + 3 * 86_400);
});

it("says why a flow failed, without ids, and is read again as it was written", async () => {
  const transcript = fold([exchange()], "nothing is known of cus_000000000001");
  expect(transcript).toMatchObject({ outcome: "failed", failure: "nothing is known of cus_1" });
  const folder = await mkdtemp(join(tmpdir(), "transcripts-"));
  const path = await writeTranscript(folder, transcript);
  expect(await readTranscripts(folder)).toEqual(new Map([["buy-once", transcript]]));
  expect(await readTranscripts(path)).toEqual(new Map([["buy-once", transcript]]));
  await rm(folder, { recursive: true });
});
