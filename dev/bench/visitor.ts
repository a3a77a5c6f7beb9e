import { Agent, type IncomingMessage, request } from "node:http";
import { gunzipSync } from "node:zlib";

export type Visit = {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
  /** From sending the request to the first byte of the answer. */
  readonly firstByteMs: number;
};

export type Visitor = {
  readonly url: string;
  get(path: string): Promise<Visit>;
  /** Submits a form as a browser without JavaScript does. */
  post(path: string, fields: ReadonlyMap<string, string>): Promise<Visit>;
  /** What the server sends for a file, decoded and as it crosses the wire. */
  download(path: string): Promise<{ readonly content: Buffer; readonly wireBytes: number }>;
  close(): void;
};

type VisitorOptions = {
  readonly connections: number;
  readonly cookie?: string;
  /** The address that browsers know, where the server is one of several behind it. */
  readonly appUrl?: string;
};

/** Requests over at most `connections` kept-alive connections, accepting gzip, with these cookies. */
export function openVisitor(url: string, options: VisitorOptions): Visitor {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const common = {
    "Accept-Encoding": "gzip",
    ...(options.cookie ? { Cookie: options.cookie } : {}),
    ...(options.appUrl ? { Host: new URL(options.appUrl).host } : {}),
  };
  const ask = (path: string, extra: Record<string, string>, body?: string) =>
    exchange(agent, new URL(path, url), { ...common, ...extra }, body);
  return {
    url,
    get: (path) => ask(path, { Accept: "text/html" }).then(toVisit),
    async post(path, fields) {
      const form = new FormData();
      for (const [name, value] of fields) form.set(name, value);
      const encoded = new Response(form);
      const headers = {
        "Content-Type": encoded.headers.get("Content-Type") ?? "",
        Origin: options.appUrl ?? url,
      };
      return toVisit(await ask(path, headers, await encoded.text()));
    },
    async download(path) {
      const answer = await ask(path, {});
      if (answer.response.statusCode !== 200) throw new Error(`${path}: ${answer.response.statusCode}`);
      return { content: decoded(answer), wireBytes: answer.raw.length };
    },
    close: () => agent.destroy(),
  };
}

type Answer = { readonly response: IncomingMessage; readonly raw: Buffer; readonly firstByteMs: number };

function exchange(agent: Agent, url: URL, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(url, { agent, method: body === undefined ? "GET" : "POST", headers });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const firstByteMs = performance.now() - started;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => resolve({ response, raw: Buffer.concat(chunks), firstByteMs }));
    });
    sent.setTimeout(30_000, () => sent.destroy(new Error(`${url.pathname}: no answer within 30 s`)));
    if (body !== undefined) sent.setHeader("Content-Length", Buffer.byteLength(body));
    sent.end(body);
  });
}

const decoded = ({ response, raw }: Answer): Buffer =>
  response.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;

const toVisit = (answer: Answer): Visit => ({
  status: answer.response.statusCode ?? 0,
  location: answer.response.headers.location ?? null,
  body: decoded(answer).toString("utf8"),
  firstByteMs: answer.firstByteMs,
});

/** The hidden fields of the page's form that holds this text. Throws when no form does. */
export function formHolding(page: string, text: string): Map<string, string> {
  const form = page.match(/<form\b.*?<\/form>/gs)?.find((each) => each.includes(text));
  if (!form) throw new Error(`the page has no form with "${text}"`);
  const fields = new Map<string, string>();
  for (const [input] of form.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, "name");
    const wanted = attribute(input, "type") === "hidden" || /\schecked(?=[\s=/>])/.test(input);
    if (name !== null && wanted) fields.set(name, attribute(input, "value") ?? "");
  }
  return fields;
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">", "#x27": "'" };

/** An attribute of a tag as text, or null. */
export function attribute(tag: string, name: string): string | null {
  const found = new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return found === undefined
    ? null
    : found.replace(/&([a-z]+|#x27);/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}
