import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { Belongings } from "./belongings";

/** A request and its answer, as they were. */
export type Exchange = {
  readonly by: "application" | "operator";
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Fields of query and form by their bracketed names. */
  readonly asked: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly status: number;
  readonly requestId: string | null;
  /** Whether Stripe says that it answered this key before. */
  readonly replayed: boolean;
  /** Parsed JSON; null where it is none. */
  readonly answer: unknown;
};

export type ProxyOptions = {
  /** Where Stripe is: an address that speaks its API. */
  readonly upstream: string;
  /** The one key that requests may have. */
  readonly secretKey: string;
  /** What `refill_rehearsal` is in the metadata of whatever is made. Null: nothing is marked. */
  readonly mark: string | null;
  readonly onExchange: (exchange: Exchange) => void;
};

export type RecordingProxy = {
  readonly url: string;
  /** The clock that customers of the application are put on; null: none. */
  clock: string | null;
  readonly belongings: Belongings;
  /** Requests that nobody of this flow can have sent, one sentence each: any of them fails the flow. */
  readonly strangers: readonly string[];
  stop(): Promise<void>;
};

/** Says that a request is the operator's; never sent on. */
export const BY_OPERATOR = "x-rehearsal-operator";

/** Whatever a POST to one of these makes takes metadata. */
const MARKED = new Set([
  "/v1/customers",
  "/v1/payment_intents",
  "/v1/setup_intents",
  "/v1/checkout/sessions",
  "/v1/subscriptions",
  "/v1/refunds",
  "/v1/coupons",
  "/v1/products",
  "/v1/prices",
  "/v1/invoices",
  "/v1/invoiceitems",
  "/v1/credit_notes",
]);

/** Passes requests on to Stripe and answers back, byte for byte but for what is added to what is made; tells of each. */
export async function startProxy(options: ProxyOptions): Promise<RecordingProxy> {
  const belongings = new Belongings();
  const strangers: string[] = [];
  const proxy = { clock: null as string | null, belongings, strangers };
  const agent = new (options.upstream.startsWith("https:") ? https : http).Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      // As when Stripe cannot be reached: the SDK tries again.
      console.error(`The proxy could not ask Stripe: ${error instanceof Error ? error.message : error}`);
      response.destroy();
    });
  });

  async function pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const asked = Buffer.concat(await request.toArray()).toString("utf8");
    const { method = "GET", url = "/", headers } = request;
    const { pathname, searchParams } = new URL(url, "http://proxy");
    if (headers.authorization !== `Bearer ${options.secretKey}`) {
      strangers.push(`${method} ${pathname} came with another key than the rehearsal's`);
      response.writeHead(403).end();
      return;
    }
    const { [BY_OPERATOR]: operator, ...others } = headers;
    const by = operator === undefined ? "application" : "operator";
    const body = method === "POST" ? addTo(asked, pathname, by, { ...options, clock: proxy.clock }) : asked;
    const answer = await send({ options, agent, method, url, headers: others, body });
    const text = answer.body.toString("utf8");
    const read = readJson(text);
    keep(belongings, method, { status: answer.status, text, read });
    options.onExchange({
      by,
      method,
      path: pathname,
      asked: Object.fromEntries([...searchParams, ...new URLSearchParams(body)]),
      idempotencyKey: headers["idempotency-key"]?.toString() ?? null,
      status: answer.status,
      requestId: answer.headers["request-id"]?.toString() ?? null,
      replayed: answer.headers["idempotent-replayed"] === "true",
      answer: read,
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

/** Marks what is made, and puts a customer that the application makes on the flow's clock: Stripe allows it only then. */
function addTo(
  form: string,
  path: string,
  by: Exchange["by"],
  { mark, clock }: { mark: string | null; clock: string | null },
): string {
  const added = new URLSearchParams();
  if (mark !== null && MARKED.has(path) && !form.includes("refill_rehearsal"))
    added.set("metadata[refill_rehearsal]", mark);
  if (clock !== null && by === "application" && path === "/v1/customers") added.set("test_clock", clock);
  return [form, added.toString()].filter(Boolean).join("&");
}

type Sent = {
  options: ProxyOptions;
  agent: http.Agent;
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
};
type Answer = { status: number; headers: http.OutgoingHttpHeaders; body: Buffer };

/** Of one connection alone, and so not the answer's. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length"];

function send({ options, agent, method, url, headers, body }: Sent): Promise<Answer> {
  const target = new URL(url, options.upstream);
  const bytes = Buffer.from(body, "utf8");
  const { "accept-encoding": _, ...kept } = headers; // What is recorded is to be readable.
  const sent = { ...without(kept, HOP_BY_HOP), host: target.host };
  const withLength =
    bytes.length > 0 || method === "POST" ? { ...sent, "content-length": bytes.length } : sent;
  return new Promise((resolve, reject) => {
    const request = (target.protocol === "https:" ? https : http).request(
      target,
      { method, agent, headers: withLength },
      (answer) => {
        answer
          .toArray()
          .then((chunks: Buffer[]) =>
            resolve({
              status: answer.statusCode ?? 502,
              headers: without(answer.headers, HOP_BY_HOP),
              body: Buffer.concat(chunks),
            }),
          )
          .catch(reject);
      },
    );
    request.once("error", reject);
    request.end(bytes);
  });
}

const without = (headers: http.IncomingHttpHeaders, names: readonly string[]): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** What was made is the flow's; of what was read, only what names something of it: a list may be of everybody's. */
function keep(
  belongings: Belongings,
  method: string,
  { status, text, read }: { status: number; text: string; read: unknown },
): void {
  if (status >= 400) return;
  if (method === "POST") belongings.add(text);
  const data = (read as { data?: unknown } | null)?.data;
  for (const each of Array.isArray(data) ? data : [read]) belongings.addIfOurs(JSON.stringify(each));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
