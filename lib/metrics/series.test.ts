import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Batcher } from "../ledger/batcher";
import { Overloaded } from "../ledger/batcher";
import { beginAtZero } from "./begin-at-zero";
import { countDelivery } from "./count-delivery";
import { countStripeRequest } from "./count-stripe";
import { countTold } from "./count-told";
import { seriesNames } from "./database-gauges";
import { meterBatcher } from "./meter-batcher";
import { boundedLabels, series } from "./series";

describe("series", () => {
  it("are named by Prometheus' conventions", () => {
    const own = seriesNames().filter((name) => name.startsWith("refill_"));
    expect(own.length).toBeGreaterThan(30);
    for (const name of own) expect(name).toMatch(/^refill_[a-z]+(_[a-z]+)*$/);
    expect(own.filter((name) => /_(ms|cents|minutes|hours)$/.test(name))).toEqual([]);
  });

  it("are each described in docs/metrics.md, and no others are", () => {
    const told = new Set(readFileSync("docs/metrics.md", "utf8").match(/refill_[a-z_]+[a-z]/g));
    expect([...told].sort()).toEqual(
      seriesNames()
        .filter((name) => name.startsWith("refill_"))
        .sort(),
    );
  });

  it("take no more values of a label from outside than they were made for", () => {
    const label = boundedLabels(2);
    expect(["a", "b", "c", "a", "b\n", "x".repeat(200)].map(label)).toEqual([
      "a",
      "b",
      "other",
      "a",
      "other",
      "other",
    ]);
  });

  it("count requests to Stripe by operation, without ids", async () => {
    countStripeRequest({
      method: "GET",
      path: "/v1/payment_intents/pi_3ABC?expand[]=x",
      status: 200,
      ms: 120,
    });
    countStripeRequest({ method: "GET", path: "/v1/payment_intents/pi_4ABC", status: "none", ms: 20_000 });
    const text = await series().registry.metrics();
    expect(text).toContain(
      'refill_stripe_requests_total{operation="GET /v1/payment_intents/:id",status="200"} 1',
    );
    expect(text).toContain(
      'refill_stripe_requests_total{operation="GET /v1/payment_intents/:id",status="none"} 1',
    );
    expect(text).not.toMatch(/pi_[34]ABC/);
  });

  it("that alerts wait for are 0 until they happen, and keep what was counted", async () => {
    beginAtZero();
    countDelivery("none", "not_stored");
    beginAtZero();
    const text = await series().registry.metrics();
    expect(text).toContain('refill_webhook_deliveries_total{type="none",outcome="not_stored"} 1');
    expect(text).toContain('refill_webhook_deliveries_total{type="invoice.paid",outcome="not_stored"} 0');
    for (const command of ["spend", "hold", "capture", "release"])
      for (const outcome of ["overloaded", "unknown"])
        expect(text).toMatch(
          new RegExp(`refill_spends_total{command="${command}",outcome="${outcome}"} \\d`),
        );
  });

  it("count what billing tells", async () => {
    const order = { accountId: "a", orderId: "o", attempt: 1 };
    countTold({ kind: "order", outcome: "paid", ...order });
    countTold({ kind: "attempt", outcome: "declined", code: "insufficient_funds", ...order });
    countTold({ kind: "event_handled", eventId: "evt_1", type: "invoice.paid", ageSeconds: 4 });
    const text = await series().registry.metrics();
    expect(text).toContain('refill_orders_total{outcome="paid"} 1');
    expect(text).toContain('refill_payment_attempts_total{outcome="declined",reason="insufficient_funds"} 1');
    expect(text).toContain('refill_event_handling_age_seconds_count{type="invoice.paid"} 1');
  });

  it("count commands by what came of them", async () => {
    const answers = [
      async () => ({ kind: "done" }),
      async () => ({ kind: "refused", refusal: { code: "insufficient_credits" } }),
      async () => Promise.reject(new Overloaded("full")),
      async () => Promise.reject(new Error("lost")),
    ];
    const inner = { close: async () => {}, submit: () => answers.shift()?.() } as unknown as Batcher;
    const metered = meterBatcher(inner);
    const keyed = { key: "k", command: { kind: "spend" } } as unknown as Parameters<Batcher["submit"]>[1];
    for (let time = 0; time < 4; time += 1) await metered.submit("a", keyed).catch(() => {});
    const text = await series().registry.metrics();
    for (const outcome of ["done", "insufficient_credits", "overloaded", "unknown"])
      expect(text).toContain(`refill_spends_total{command="spend",outcome="${outcome}"} 1`);
    expect(text).toContain("refill_spends_waiting 0");
    expect(text).toContain("refill_spend_duration_seconds_count 4");
  });
});
