import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Deliveries } from "./background/deliveries";
import { answerControl } from "./control/control-api";
import type { Faults } from "./control/faults";
import type { Keys } from "./control/keys";
import type { Latency, LatencyProfile } from "./control/latency";
import type { Limits } from "./control/limits";
import { answerBank, leaveBank, showBank } from "./pages/bank-page";
import { showCheckout, submitCheckout } from "./pages/checkout-page";
import { showControl } from "./pages/control-page";
import { html, type PageAnswer, page } from "./pages/html";
import { showInvoice, showInvoicePdf, submitInvoice } from "./pages/invoice-page";
import { showPortal, submitPortal } from "./pages/portal-page";
import { showReceipt } from "./pages/receipt-page";
import type { Store } from "./store";
import { answerApi } from "./wire/api";
import { refuseVisitor } from "./wire/visitor";
import type { AfterLastRetry, PhaseInvoiceReason } from "./work";
import { Worlds } from "./worlds";

export type SimulatorOptions = {
  /** 0 takes a free port. */
  port?: number;
  /** `null` keeps everything in memory. */
  dataFile?: string | null;
  /** The endpoint that is there from the start; `events` as an endpoint's `enabled_events`, all when left out. */
  webhook?: { url: string; secret: string; events?: readonly string[]; apiVersion?: string } | null;
  webhookRetryDelaysMs?: number[];
  webhookTimeoutMs?: number;
  /** How long after a charge its balance transaction appears. */
  balanceDelayMs?: number;
  /** How long a bank takes to answer a debit: 4 days unless told otherwise. */
  bankDebitDelayMs?: number;
  /** How long until a refund has come through or failed, and until evidence has decided a dispute: 4 seconds. */
  returnDelayMs?: number;
  /** How long after one failed attempt an invoice of a subscription is tried again: 1, 3, 5 and 7 days. */
  retryDelaysMs?: readonly number[];
  /**
   * What becomes of a subscription whose last attempt failed; canceled unless told otherwise:
   * https://docs.stripe.com/billing/revenue-recovery/smart-retries has the three.
   */
  afterLastRetry?: AfterLastRetry;
  /**
   * The `billing_reason` of the invoice with which a schedule's next phase begins: an update's unless told otherwise. The words are
   * those of https://docs.stripe.com/api/invoices/object#invoice_object-billing_reason, which does not say which of them it is.
   */
  phaseInvoiceReason?: PhaseInvoiceReason;
  /** The clock on the wall; the simulator's own time is this, moved by `clock.moveTo`. */
  now?: () => number;
  /** Told before the jobs of a jump run, so that who shares the simulator's time is there already. */
  onClockMoved?: (offsetMs: number) => Promise<void>;
  /** How long answers take: no longer than they take, unless told otherwise. */
  latency?: { profile: LatencyProfile; seed?: number };
  /** Whether more than so many requests a second are a 429; off unless told otherwise. */
  limits?: boolean;
  /** Base of the hosted pages, as a browser reaches them. */
  publicUrl?: string;
};

export type Simulator = {
  port: number;
  url: string;
  close(): Promise<void>;
  faults: Faults;
  keys: Keys;
  latency: Latency;
  limits: Limits;
  /** What the first account has in test mode: the world of every key that names no other account. */
  store: Store;
  deliveries: Deliveries;
  clock: SimulatorClock;
};

export type SimulatorClock = {
  /** Milliseconds. */
  now(): number;
  /** Forwards, every job up to the instant has run afterwards; backwards, nothing happens. */
  moveTo(atMs: number): Promise<void>;
};

const MAX_BODY = 1_000_000;

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  let worlds: Worlds | null = null;
  const server = http.createServer((request, response) => {
    if (!worlds) return void response.writeHead(503).end();
    handle(worlds, request, response).catch((error: unknown) => {
      console.error("stripe simulator:", error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // The port is taken before the file is touched, so a second simulator cannot pull it from under the first.
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  try {
    worlds = wake(options, url);
  } catch (error) {
    server.close();
    throw error;
  }
  const all = worlds;
  if (options.latency) all.switches.latency.set(options.latency.profile, options.latency.seed);
  all.switches.limits.on = options.limits ?? false;
  const { core, deliveries } = all.first;
  return {
    port,
    url,
    faults: all.switches.faults,
    keys: all.switches.keys,
    latency: all.switches.latency,
    limits: all.switches.limits,
    store: core.store,
    deliveries,
    clock: { now: () => core.now(), moveTo: (atMs) => all.moveTo(atMs) },
    async close() {
      all.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      all.close();
    },
  };
}

function wake(options: SimulatorOptions, url: string): Worlds {
  return new Worlds({
    publicUrl: (options.publicUrl ?? url).replace(/\/+$/, ""),
    dataFile: options.dataFile ?? null,
    webhook: options.webhook ?? null,
    webhookRetryDelaysMs: options.webhookRetryDelaysMs ?? [1_000, 5_000, 30_000, 120_000, 600_000],
    webhookTimeoutMs: options.webhookTimeoutMs ?? 10_000,
    balanceDelayMs: options.balanceDelayMs ?? 1_000,
    bankDebitDelayMs: options.bankDebitDelayMs ?? 4 * 24 * 3600 * 1000,
    // Recorded: a refund failed four seconds after it was made, and evidence won its dispute as quickly.
    returnDelayMs: options.returnDelayMs ?? 4_000,
    retryDelaysMs: options.retryDelaysMs ?? [1, 3, 5, 7].map((days) => days * 24 * 3600 * 1000),
    afterLastRetry: options.afterLastRetry ?? "cancel",
    phaseInvoiceReason: options.phaseInvoiceReason ?? "subscription_update",
    now: options.now ?? Date.now,
    onClockMoved: options.onClockMoved ?? (() => Promise.resolve()),
    lookAgainMs: options.now ? 20 : 60_000,
  });
}

function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function handle(
  worlds: Worlds,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const refused = refuseVisitor(request, worlds.first.core.options.publicUrl);
  if (refused)
    return void response.writeHead(403, { "Content-Type": "text/plain", Connection: "close" }).end(refused);
  const body = await readBody(request).catch(() => null);
  if (body === null) return void request.destroy();
  const { pathname, search } = new URL(request.url ?? "/", "http://simulator");
  const method = request.method ?? "GET";
  const answer = pathname.startsWith("/v1/")
    ? await answerApi(worlds, {
        method,
        path: pathname,
        query: search.slice(1),
        body,
        authorization: request.headers.authorization,
        idempotencyKey: header(request, "idempotency-key"),
        version: header(request, "stripe-version"),
      })
    : await answerPage(worlds, {
        method,
        path: pathname,
        query: search.slice(1),
        contentType: header(request, "content-type") ?? "",
        body,
      });
  if (answer === null) return void request.socket.destroy();
  response.writeHead(answer.status, { ...answer.headers, "Content-Length": Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

function header(request: http.IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY) throw new Error("body too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

type PageCall = { method: string; path: string; query: string; contentType: string; body: string };

async function answerPage(worlds: Worlds, call: PageCall): Promise<PageAnswer> {
  const { method, path } = call;
  if (path === "/" && method === "GET") return showControl(worlds.first.core);
  if (path === "/_sim" || path.startsWith("/_sim/")) return answerControl(worlds, call);
  const [, room, id = "", corner] = path.split("/");
  const { core } = worlds.holding(id);
  const fields = new URLSearchParams(call.body);
  switch (`${method} ${room}${corner ? `/${corner}` : ""}`) {
    case "GET checkout":
      return showCheckout(core, id);
    case "POST checkout":
      return submitCheckout(core, id, fields);
    case "GET authenticate":
      return showBank(core, id);
    case "POST authenticate":
      return answerBank(core, id, fields.get("result"));
    case "GET authenticate/left":
      return leaveBank(core, id);
    case "GET invoices":
      return showInvoice(core, id, call.query);
    case "POST invoices":
      return submitInvoice(core, id, fields);
    case "GET invoices/pdf":
      return showInvoicePdf(core, id, call.query);
    case "GET portal":
      return showPortal(core, id, new URLSearchParams(call.query));
    case "POST portal":
      return submitPortal(core, id, fields);
    case "GET receipts":
      return showReceipt(core, id, call.query);
    default:
      return page("Not found", html`<h1>There is nothing here</h1>`, { status: 404 });
  }
}
