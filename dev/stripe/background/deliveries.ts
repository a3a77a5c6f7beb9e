import { createHmac } from "node:crypto";
import type { Core } from "../core";
import { newId } from "../ids";
import { listenersOf, START_ENDPOINT } from "../objects/events";
import type { DeliveryRow } from "../tables";
import { API_VERSION } from "../work";
import { Sender } from "./sender";
import { Timers } from "./timers";

const AT_ONCE = 20;
const APART_MS = 20;

/** Sends events to their endpoints: at least once, signed anew each time, again later when refused. */
export class Deliveries {
  private readonly timers: Timers;
  private readonly inspected = new Set<string>();
  private readonly waiting: DeliveryRow[] = [];
  private readonly sender: Sender;
  private stopped = false;
  private sending = 0;

  constructor(private readonly core: Core) {
    this.timers = new Timers(() => core.wallNow(), core.options.lookAgainMs);
    this.sender = new Sender(core.options.webhookTimeoutMs);
    for (const delivery of core.store.list("delivery").reverse()) this.schedule(delivery);
    core.store.onCommit((change) => {
      if (change.table === "delivery" && change.row) this.schedule(change.row as DeliveryRow);
    });
  }

  stop(): void {
    this.timers.stop();
    this.waiting.length = 0;
    this.stopped = true;
    this.sender.stop();
  }

  /** Lets go of everything held back, newest first, far enough apart to arrive in that order. */
  release(): number {
    const held = this.core.store.list("delivery").filter(({ state }) => state === "held");
    const now = this.core.wallNow();
    for (const [index, { id }] of held.entries()) {
      this.update(id, { state: "pending", nextAtMs: now + index * APART_MS });
    }
    return held.length;
  }

  /** Sends an event once more to whoever it was for, however the first deliveries ended. */
  redeliver(eventId: string): boolean {
    const event = this.core.store.get("event", eventId);
    if (!event) return false;
    const endpoints = this.core.perform((work) => listenersOf(work, event.type));
    for (const endpoint of endpoints) this.again(eventId, endpoint);
    return true;
  }

  private again(event: string, endpoint: string): void {
    const id = newId("dlv");
    this.inspected.add(id);
    const [state, attempts, nextAtMs] = ["pending" as const, 0, this.core.wallNow()];
    const row = { id, event, endpoint, attempts, nextAtMs, state, answer: null };
    this.core.perform(({ store }) => void store.put("delivery", row));
  }

  private schedule(delivery: DeliveryRow): void {
    if (delivery.state !== "pending") return;
    this.timers.at(delivery.id, delivery.nextAtMs, () => this.due(delivery.id));
  }

  private due(id: string): void {
    const delivery = this.core.store.get("delivery", id);
    if (delivery?.state !== "pending") return;
    if (!this.inspected.has(id)) {
      this.inspected.add(id);
      if (this.intercept(delivery)) return;
    }
    this.waiting.push(delivery);
    this.pump();
  }

  /** Applies the webhook switches to a first delivery; true when it is not to be sent now. */
  private intercept({ id, event, endpoint }: DeliveryRow): boolean {
    const type = this.core.store.get("event", event)?.type ?? "";
    const { faults } = this.core;
    if (faults.takeForEvent("webhook_lost", type)) {
      this.update(id, { state: "lost" });
      return true;
    }
    const late = faults.takeForEvent("webhook_late", type);
    if (late) {
      this.update(id, { nextAtMs: this.core.wallNow() + late.ms });
      return true;
    }
    const reordered = faults.takeForEvent("webhook_reordered", type);
    if (reordered) {
      this.update(id, { state: "held" });
      const held = this.core.store.list("delivery").filter(({ state }) => state === "held").length;
      if (reordered.count !== null && held >= reordered.count) this.release();
      return true;
    }
    if (faults.takeForEvent("webhook_doubled", type)) this.again(event, endpoint);
    return false;
  }

  private pump(): void {
    while (this.sending < AT_ONCE) {
      const delivery = this.waiting.shift();
      if (!delivery) return;
      this.sending += 1;
      void this.send(delivery).finally(() => {
        this.sending -= 1;
        this.pump();
      });
    }
  }

  private async send(delivery: DeliveryRow): Promise<void> {
    const target = this.targetOf(delivery.endpoint);
    const event = this.core.store.get("event", delivery.event);
    if (!target || !event) {
      this.update(delivery.id, { state: "failed", answer: "no such endpoint" });
      return;
    }
    // Rendered for the endpoint, not for whoever caused it: https://docs.stripe.com/webhooks/versioning
    const body = JSON.stringify({ ...event, api_version: target.apiVersion });
    const headers = {
      "Content-Type": "application/json; charset=utf-8",
      "Stripe-Signature": sign(body, target.secret, Math.floor(this.core.wallNow() / 1000)),
      "User-Agent": "Stripe/1.0 (simulator)",
    };
    const answer = await this.sender.post(target.url, headers, body);
    if (this.stopped || !this.core.store.get("delivery", delivery.id)) return;
    if (/^2\d\d$/.test(answer)) this.delivered(delivery, answer);
    else this.postpone(delivery, answer);
  }

  private delivered(delivery: DeliveryRow, answer: string): void {
    this.inspected.delete(delivery.id);
    const attempts = delivery.attempts + 1;
    this.core.perform(({ store }) => {
      store.update("delivery", delivery.id, { state: "delivered", attempts, answer });
      const event = store.get("event", delivery.event);
      const pending_webhooks = Math.max(0, (event?.pending_webhooks ?? 0) - 1);
      if (event) store.update("event", event.id, { pending_webhooks });
    });
  }

  private postpone(delivery: DeliveryRow, answer: string): void {
    const delay = this.core.options.webhookRetryDelaysMs[delivery.attempts];
    const attempts = delivery.attempts + 1;
    if (delay === undefined) this.update(delivery.id, { state: "failed", attempts, answer });
    else this.update(delivery.id, { attempts, answer, nextAtMs: this.core.wallNow() + delay });
  }

  private targetOf(endpoint: string): { url: string; secret: string; apiVersion: string } | null {
    const atStart = this.core.options.webhook;
    if (endpoint === START_ENDPOINT)
      return atStart && { ...atStart, apiVersion: atStart.apiVersion ?? API_VERSION };
    const row = this.core.store.get("webhook_endpoint", endpoint);
    const secret = this.core.store.get("secret", endpoint)?.secret;
    return row && secret ? { url: row.url, secret, apiVersion: row.api_version ?? API_VERSION } : null;
  }

  private update(id: string, patch: Partial<DeliveryRow>): void {
    this.core.perform(({ store }) => void store.update("delivery", id, patch));
  }
}

function sign(body: string, secret: string, timestamp: number): string {
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return `t=${timestamp},v1=${signature}`;
}
