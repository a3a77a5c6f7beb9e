import type Stripe from "stripe";
import { inSpan } from "../trace";
import type { Pace } from "./pace";

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Stripe>[1]>["httpClient"]>;
type Request = Parameters<HttpClient["makeRequest"]>;
type Answer = Awaited<ReturnType<HttpClient["makeRequest"]>>;

type Patience = {
  /** For calls that nobody waits for; left out, a call goes out at once. */
  readonly pace?: Pace | undefined;
  /** For calls that somebody waits for: told when one has to wait, so that nobody's calls to that path come before it. */
  readonly others?: Pick<Pace, "pause"> | undefined;
  /** For tests. */
  readonly sleep?: (ms: number) => Promise<void>;
};

/** A person waits no longer than this for another try; a job does. What asks for more is not tried again here. */
const MAX_WAIT_MS = { person: 5_000, job: 20_000 };
const MAX_TRIES = { person: 3, job: 6 };
const FIRST_WAIT_MS = 500;
/** So much longer others wait than who is to go first. */
const GO_FIRST_MS = 250;

/**
 * The SDK's way to the network, with what the SDK (23.1) leaves out: it does not look at `Retry-After`, and tries a call that
 * met a rate limit no second time. Here a 429 is tried again when the server says, or after half a second and then twice as
 * long each time: Stripe did nothing, and the call keeps its idempotency key. What the SDK tries again by itself waits for
 * as long as the server says before. With a pace every try takes its turn, and a pause holds for everybody who does; a call that somebody waits for makes them pause a little longer
 * than it waits itself.
 */
export function createPatientClient(
  inner: HttpClient,
  { pace, others, sleep = sleepFor }: Patience = {},
): HttpClient {
  const kind = pace ? "job" : "person";
  const makeRequest = async (...request: Request): Promise<Answer> => {
    const [, , path, method] = request;
    const name = pathName(method, path);
    for (let tries = 1; ; tries += 1) {
      await pace?.take(name);
      const answer = await inSpan(`stripe ${name}`, { "http.request.method": method }, () =>
        inner.makeRequest(...request),
      );
      const status = answer.getStatusCode();
      const headers = answer.getHeaders();
      const told = retryAfterMs(headers["retry-after"]);
      const shouldRetry = headers["stripe-should-retry"];
      const bySdk = shouldRetry === "true" || (shouldRetry !== "false" && (status === 409 || status >= 500));
      const byUs = status === 429 && !bySdk && shouldRetry !== "false" && tries < MAX_TRIES[kind];
      if (!byUs && !(bySdk && told !== null)) return answer;
      const waitMs = told ?? FIRST_WAIT_MS * 2 ** (tries - 1);
      await pace?.pause(name, Math.min(waitMs, MAX_WAIT_MS.job));
      // Somebody waits: that the others could not be told is no reason to fail.
      await others?.pause(name, Math.min(waitMs, MAX_WAIT_MS.person) + GO_FIRST_MS).catch(() => {});
      if (waitMs > MAX_WAIT_MS[kind]) {
        headers["stripe-should-retry"] = "false"; // Or the SDK would not wait so long.
        return answer;
      }
      if (byUs) letGo(answer);
      await sleep(waitMs);
      if (!byUs) return answer;
    }
  };
  return { getClientName: () => inner.getClientName(), makeRequest };
}

/** Reads what nobody wants to know, so that its connection is free again. */
function letGo(answer: Answer): void {
  if (answer.dispose) answer.dispose();
  else void answer.toJSON().catch(() => {});
}

/** A method and path as Stripe counts them: `GET /v1/invoices/in_1?expand=…` is `GET /v1/invoices/:id`. */
export function pathName(method: string, path: string): string {
  const [where = ""] = path.split("?");
  const parts = where.split("/").map((part, at) => (at > 1 && /[A-Z0-9]/.test(part) ? ":id" : part));
  return `${method.toUpperCase()} ${parts.join("/")}`.slice(0, 200);
}

/** Seconds, or an instant (RFC 9110 §10.2.3); null for anything else. */
function retryAfterMs(value: unknown): number | null {
  if (typeof value !== "string" || value.trim() === "") return null;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

const sleepFor = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
