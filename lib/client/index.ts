import { type ClientOptions, createTransport, pause, RefillError } from "./transport";
import type {
  Balance,
  BatchedSpend,
  Capture,
  CaptureRequest,
  Entries,
  EntriesRequest,
  Hold,
  HoldRequest,
  Release,
  ReleaseRequest,
  Spend,
  SpendRequest,
  SpendResult,
} from "./types";

export { RefillError } from "./transport";
export type * from "./types";

/** What the work under a hold cost, and what came of it. */
export type Worked<T> = { readonly credits: number; readonly result: T };

export type RefillClient = {
  balance(accountId: string): Promise<Balance>;
  spend(accountId: string, request: SpendRequest): Promise<Spend>;
  /** Up to 1,000 spends of any accounts; one result each, in order. */
  spendMany(spends: readonly BatchedSpend[]): Promise<readonly SpendResult[]>;
  hold(accountId: string, request: HoldRequest): Promise<Hold>;
  capture(holdId: string, request: CaptureRequest): Promise<Capture>;
  release(holdId: string, request?: ReleaseRequest): Promise<Release>;
  entries(accountId: string, request?: EntriesRequest): Promise<Entries>;
  /**
   * Holds credits, does the work, and ends the hold whatever happens: captures what the work says it cost, or
   * releases everything when it throws. A capture nobody answers is asked for again until the hold has expired. One that
   * is refused for its size (`capture_too_large`) leaves the hold open: what may be captured of it is in the error.
   */
  withHold<T>(
    accountId: string,
    request: HoldRequest,
    work: (hold: Hold) => Promise<Worked<T>>,
  ): Promise<{ readonly capture: Capture; readonly result: T }>;
};

/**
 * A client of the API. Requests that got no answer, or one that says to come back, are sent again with the same
 * idempotency key; what fails for good rejects with a `RefillError`.
 */
export function createRefillClient(options: ClientOptions): RefillClient {
  const request = createTransport(options);
  const post = <T>(path: string, { idempotencyKey = crypto.randomUUID(), ...body }: Keyed): Promise<T> =>
    request(`POST`, path, { body, idempotencyKey });
  const ofAccount = (id: string) => `/accounts/${encodeURIComponent(id)}`;
  const ofHold = (id: string) => `/holds/${encodeURIComponent(id)}`;

  const client: RefillClient = {
    balance: (accountId) => request("GET", `${ofAccount(accountId)}/balance`),
    spend: (accountId, spend) => post(`${ofAccount(accountId)}/spends`, spend),
    async spendMany(spends) {
      const keyed = spends.map((each) => ({ idempotencyKey: crypto.randomUUID(), ...each }));
      const { results } = await request<{ results: SpendResult[] }>("POST", "/spends", {
        body: { spends: keyed },
      });
      return results;
    },
    hold: (accountId, hold) => post(`${ofAccount(accountId)}/holds`, hold),
    capture: (holdId, capture) => post(`${ofHold(holdId)}/capture`, capture),
    release: (holdId, release = {}) => post(`${ofHold(holdId)}/release`, release),
    entries: (accountId, page = {}) => request("GET", `${ofAccount(accountId)}/entries${queryOf(page)}`),
    withHold: (accountId, asked, work) => withHold(client, accountId, asked, work),
  };
  return client;
}

type Keyed = { readonly idempotencyKey?: string };

function queryOf({ cursor, limit }: EntriesRequest): string {
  const query = new URLSearchParams();
  if (cursor) query.set("cursor", cursor);
  if (limit !== undefined) query.set("limit", String(limit));
  return query.size > 0 ? `?${query}` : "";
}

async function withHold<T>(
  client: RefillClient,
  accountId: string,
  request: HoldRequest,
  work: (hold: Hold) => Promise<Worked<T>>,
): Promise<{ readonly capture: Capture; readonly result: T }> {
  const hold = await client.hold(accountId, request);
  const endsAt = performance.now() + Date.parse(hold.expiresAt) - Date.parse(hold.at);
  let worked: Worked<T>;
  try {
    worked = await work(hold);
  } catch (error) {
    await letGo(client, hold);
    throw error;
  }
  try {
    return { capture: await captureUntil(client, hold, worked.credits, endsAt), result: worked.result };
  } catch (error) {
    // Where the capture is not known to have failed, a release could only take its place.
    const isOver = error instanceof RefillError && !error.mayRetry && !TOO_LARGE.has(error.code);
    if (isOver) await letGo(client, hold);
    throw error;
  }
}

/** What cannot be released now gives its credits back when it expires; the caller wants to hear of the first error. */
const letGo = (client: RefillClient, { holdId }: Hold): Promise<unknown> =>
  client.release(holdId).catch(() => {});

const TOO_LARGE = new Set(["amount_too_large", "capture_too_large"]);

const BETWEEN_CAPTURES_MS = 2_000;

/** Asks with one key until there is an answer, and once more when the hold has expired. */
async function captureUntil(
  client: RefillClient,
  { holdId }: Hold,
  credits: number,
  endsAt: number,
): Promise<Capture> {
  const request = { credits, idempotencyKey: crypto.randomUUID() };
  for (;;) {
    const isLast = performance.now() > endsAt;
    try {
      return await client.capture(holdId, request);
    } catch (error) {
      if (isLast || !(error instanceof RefillError) || !error.mayRetry) throw error;
      await pause(BETWEEN_CAPTURES_MS);
    }
  }
}
