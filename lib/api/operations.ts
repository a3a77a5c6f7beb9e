import type { z } from "zod";
import type { ApiScope } from "../auth/api-keys";
import { exampleCategory } from "../catalog/categories";
import type { ProblemCode } from "./problems";
import {
  balanceAnswer,
  captureAnswer,
  captureBody,
  entriesAnswer,
  entriesQuery,
  holdAnswer,
  holdBody,
  releaseAnswer,
  releaseBody,
  shownSpendsBody,
  spendAnswer,
  spendBody,
  spendsAnswer,
  spendsBody,
} from "./schemas";

/** What an address is about: an account, a hold, or nothing in particular. */
export type Subject = "account" | "hold" | "none";

/** One thing the API can do: what the wrapper enforces and the documentation says. */
export type Operation = {
  readonly id: string;
  readonly method: "GET" | "POST";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly subject: Subject;
  readonly scope: ApiScope;
  readonly summary: string;
  readonly description: string;
  /** Where the idempotency key is: nothing that moves credits goes without. */
  readonly key: "header" | "items" | "none";
  readonly query: z.ZodObject | null;
  readonly body: z.ZodObject | null;
  /** What is documented where items are checked apart from the body. */
  readonly shownBody?: z.ZodObject;
  /** Whether the body may be left out. */
  readonly bodyIsOptional: boolean;
  readonly mostBytes: number;
  readonly status: 200 | 201;
  readonly answer: z.ZodObject;
  /** Beside those that every operation has. */
  readonly problems: readonly ProblemCode[];
  readonly example: { readonly id?: string; readonly body?: object; readonly answer: object };
};

const SINGLE_BYTES = 16 * 1_024;
const BATCH_BYTES = 1_024 * 1_024;

const ACCOUNT = "acct_01932b5e8c1a7d3f9a4b6c8d0e2f4a6b";
const HOLD = "hold_01932b5e8c1a7d3f9a4b6c8d0e2f4a6b01932b60114e7c2a8f3d5b7a9c1e0f24";
const GRANT = "grt_01932b5e8c2b7e4f8b5c7d9e1f3a5b7c";
const AT = "2026-11-25T09:30:00.000Z";

const WRITES = ["invalid_request", "payload_too_large", "unsupported_media_type"] as const;
const KEYED = [...WRITES, "idempotency_key_missing", "idempotency_key_reused", "overloaded"] as const;

const TOO_LARGE = ["amount_too_large", "capture_too_large"] as const;

const reading = { method: "GET", scope: "read", key: "none", body: null, bodyIsOptional: true } as const;
const writing = { method: "POST", scope: "spend", query: null, bodyIsOptional: false } as const;

export const READ_BALANCE = {
  ...reading,
  id: "readBalance",
  path: "/accounts/{account_id}/balance",
  subject: "account",
  summary: "Read the balance",
  description:
    "What the account has at this moment, exact to the instant: what has expired can be spent no more. And what became of the credits of its running cycle, in figures that add up.",
  query: null,
  mostBytes: 0,
  status: 200,
  answer: balanceAnswer,
  problems: ["account_not_found"],
  example: {
    id: ACCOUNT,
    answer: {
      account_id: ACCOUNT,
      available: 31_988_000,
      held: 12_000,
      owed: 0,
      frozen: 0,
      by_kind: {
        plan: { available: 23_988_000, held: 12_000 },
        promotional: { available: 0, held: 0 },
        adjustment: { available: 0, held: 0 },
        purchase: { available: 8_000_000, held: 0 },
      },
      next_expiry: { at: "2026-12-01T00:00:00.000Z", credits: 31_988_000 },
      cycle: {
        started_at: "2026-11-01T00:00:00.000Z",
        total: 32_500_000,
        used: 500_000,
        paid_back: 0,
        held: 12_000,
        frozen: 0,
        expired: 0,
        remaining: 31_988_000,
        carried_over: [{ expires_at: "2026-12-01T00:00:00.000Z", credits: 500_000 }],
      },
    },
  },
} as const satisfies Operation;

export const LIST_ENTRIES = {
  ...reading,
  id: "listEntries",
  path: "/accounts/{account_id}/entries",
  subject: "account",
  summary: "List the ledger's entries",
  description:
    "Every movement of credits of the account, newest first. Entries are never changed or removed.",
  query: entriesQuery,
  mostBytes: 0,
  status: 200,
  answer: entriesAnswer,
  problems: ["invalid_request", "account_not_found"],
  get example() {
    return {
      id: ACCOUNT,
      answer: {
        entries: [
          {
            entry: 42,
            at: AT,
            from: "available",
            to: "spent",
            credits: 1_200,
            grant_id: GRANT,
            hold_id: null,
            category: exampleCategory(),
            resource: "large-model",
            reference: "conversation 7",
          },
        ],
        next_cursor: "42",
      },
    };
  },
} as const satisfies Operation;

const SPEND_EXAMPLE = {
  account_id: ACCOUNT,
  credits: 1_200,
  from: [{ grant_id: GRANT, credits: 1_200 }],
  entry: 42,
  at: AT,
};

export const SPEND = {
  ...writing,
  id: "spend",
  path: "/accounts/{account_id}/spends",
  subject: "account",
  summary: "Spend credits",
  description: "Takes so many credits now, or refuses: all or nothing. Plan credits go first, then add-ons.",
  key: "header",
  body: spendBody,
  mostBytes: SINGLE_BYTES,
  status: 201,
  answer: spendAnswer,
  problems: [...KEYED, "account_not_found", "insufficient_credits", "amount_too_large"],
  get example() {
    return {
      id: ACCOUNT,
      body: {
        credits: 1_200,
        category: exampleCategory(),
        resource: "large-model",
        reference: "conversation 7",
      },
      answer: SPEND_EXAMPLE,
    };
  },
} as const satisfies Operation;

export const SPEND_MANY = {
  ...writing,
  id: "spendMany",
  path: "/spends",
  subject: "none",
  summary: "Spend credits of many accounts",
  description:
    "Up to 1,000 spends of any accounts in one request, each with its own idempotency key and its own answer, in the order of the request. Each is on its own: one that is refused changes nothing for the others, and in which order they happen is not promised. The answer is 200 whenever the request could be read; `status` and `problem` of each result say what a single spend would have answered.",
  key: "items",
  body: spendsBody,
  shownBody: shownSpendsBody,
  mostBytes: BATCH_BYTES,
  status: 200,
  answer: spendsAnswer,
  problems: WRITES,
  get example() {
    return {
      body: {
        spends: [
          { account_id: ACCOUNT, idempotency_key: "job-17", credits: 1_200, category: exampleCategory() },
          {
            account_id: ACCOUNT,
            idempotency_key: "job-18",
            credits: 90_000_000,
            category: exampleCategory(1),
          },
        ],
      },
      answer: {
        results: [
          { idempotency_key: "job-17", status: 201, replayed: false, spend: SPEND_EXAMPLE },
          {
            idempotency_key: "job-18",
            status: 402,
            problem: {
              type: "/api/v1/docs#insufficient_credits",
              title: "Not enough credits",
              status: 402,
              detail:
                "The account has fewer credits available than were asked for, or owes credits. Nothing was taken, and the same key may be tried again.",
              request_id: "7f0c2a1e-5d0f-4f43-9f0e-2b8f6f1f3a55",
              code: "insufficient_credits",
              available: 31_986_800,
              owed: 0,
            },
          },
        ],
      },
    };
  },
} as const satisfies Operation;

export const PLACE_HOLD = {
  ...writing,
  id: "placeHold",
  path: "/accounts/{account_id}/holds",
  subject: "account",
  summary: "Hold credits",
  description:
    "Sets credits aside before work whose cost is not known yet. A hold ends exactly once: it is captured, released, or gives its credits back by itself when it expires.",
  key: "header",
  body: holdBody,
  mostBytes: SINGLE_BYTES,
  status: 201,
  answer: holdAnswer,
  problems: [...KEYED, "account_not_found", "insufficient_credits", "amount_too_large"],
  get example() {
    return {
      id: ACCOUNT,
      body: {
        credits: 12_000,
        expires_in_seconds: 900,
        category: exampleCategory(),
        resource: "large-model",
      },
      answer: {
        hold_id: HOLD,
        account_id: ACCOUNT,
        credits: 12_000,
        from: [{ grant_id: GRANT, credits: 12_000 }],
        expires_at: "2026-11-25T09:45:00.000Z",
        entry: 43,
        at: AT,
      },
    };
  },
} as const satisfies Operation;

export const CAPTURE_HOLD = {
  ...writing,
  id: "captureHold",
  path: "/holds/{hold_id}/capture",
  subject: "hold",
  summary: "Capture a hold",
  description:
    "Takes what the work really cost and ends the hold. The rest goes back to the grants it came from. More than was held is taken from the balance, and what is not there becomes debt: a capture of an open hold is never refused for lack of credits. It is refused where it is many times what was held, which is a mistake and no cost: the hold stays open then.",
  key: "header",
  body: captureBody,
  mostBytes: SINGLE_BYTES,
  status: 200,
  answer: captureAnswer,
  problems: [...KEYED, ...TOO_LARGE, "hold_not_found", "hold_already_ended"],
  example: {
    id: HOLD,
    body: { credits: 7_350 },
    answer: {
      hold_id: HOLD,
      account_id: ACCOUNT,
      credits: 7_350,
      from: [{ grant_id: GRANT, credits: 7_350 }],
      owed: 0,
      returned: 4_650,
      entry: 44,
      at: AT,
    },
  },
} as const satisfies Operation;

export const RELEASE_HOLD = {
  ...writing,
  id: "releaseHold",
  path: "/holds/{hold_id}/release",
  subject: "hold",
  summary: "Release a hold",
  description: "Gives everything back to the grants it came from and ends the hold.",
  key: "header",
  body: releaseBody,
  bodyIsOptional: true,
  mostBytes: SINGLE_BYTES,
  status: 200,
  answer: releaseAnswer,
  problems: [...KEYED, "hold_not_found", "hold_already_ended"],
  example: {
    id: HOLD,
    answer: { hold_id: HOLD, account_id: ACCOUNT, returned: 12_000, entry: 44, at: AT },
  },
} as const satisfies Operation;

/** In the order in which the documentation tells of them. */
export const OPERATIONS: readonly Operation[] = [
  READ_BALANCE,
  SPEND,
  PLACE_HOLD,
  CAPTURE_HOLD,
  RELEASE_HOLD,
  SPEND_MANY,
  LIST_ENTRIES,
];

const EVERYWHERE = ["unauthorized", "forbidden", "rate_limited", "internal", "unavailable"] as const;

/** Every problem an operation can answer with. */
export const problemsOf = (operation: Operation): readonly ProblemCode[] => [
  ...EVERYWHERE,
  ...operation.problems,
];
