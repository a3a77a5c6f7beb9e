import { z } from "zod";
import { bucket } from "../../db/schema";
import { listCategories } from "../catalog/categories";
import type { GrantKind } from "../ledger/state";
import { isPlainLine } from "../plain-text";
import { amount, named } from "./parts";
import { PROBLEMS, problemSchema } from "./problems";

/**
 * The largest amount that can be written: what every JSON parser reads exactly. How many one request may move is asked
 * of the ledger, which knows whether the key was used before.
 */
const MAX_CREDITS = Number.MAX_SAFE_INTEGER;
export const MAX_SPENDS = 1_000;
const MAX_HOLD_SECONDS = 86_400;

const mustBeCategory = () =>
  `must be one of ${listCategories()
    .map(({ id }) => id)
    .join(", ")}`;

const plainText = (most: number) =>
  z
    .string()
    .min(1, "must not be empty")
    .max(most, `must have at most ${most} characters`)
    .refine(
      isPlainLine,
      "must be one line without control characters, those for the direction of text included",
    );

const wanted = (least: 0 | 1) =>
  z
    .int(`must be a whole number up to ${MAX_CREDITS}, written as a JSON number`)
    .min(least, least === 0 ? "must not be negative" : "must be at least 1")
    .max(MAX_CREDITS, `must be at most ${MAX_CREDITS}`);

export const accountIdText = z
  .string()
  .regex(/^acct_[0-9a-f]{32}$/, "must be an account id: acct_ and 32 hexadecimal digits");
export const holdIdText = z
  .string()
  .regex(/^hold_[0-9a-f]{64}$/, "must be a hold id: hold_ and 64 hexadecimal digits");
export const idempotencyKeyText = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters without spaces");

/** Asked when a request is read and when the API is described: what there is, the catalog says (`CATEGORY_FORMATS`). */
const category = z
  .string({ error: mustBeCategory })
  .refine((id) => listCategories().some((each) => each.id === id), { error: mustBeCategory })
  .meta({ format: "spend-category", description: "What the credits are used for." });
const purpose = {
  category,
  resource: plainText(100).nullish().describe("The model or other resource, as you name it."),
  reference: plainText(200).nullish().describe("Your own reference: a conversation, a job."),
};

const spend = {
  credits: wanted(1).describe("Credits to take, all or nothing."),
  ...purpose,
};

export const spendBody = named("SpendRequest", z.strictObject(spend));
export type SpendBody = z.infer<typeof spendBody>;

export const batchedSpend = named(
  "BatchedSpend",
  z.strictObject({
    account_id: accountIdText,
    idempotency_key: idempotencyKeyText.describe("As the `Idempotency-Key` header of a single spend."),
    ...spend,
  }),
);

const spendsOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    spends: z
      .array(item, "must be a list of spends")
      .min(1, "must name at least one spend")
      .max(MAX_SPENDS, `must name at most ${MAX_SPENDS} spends`),
  });

/** Items are checked one by one, so that a bad one spoils none of its neighbours. */
export const spendsBody = spendsOf(z.unknown());
export const shownSpendsBody = named("SpendsRequest", spendsOf(batchedSpend));

export const holdBody = named(
  "HoldRequest",
  z.strictObject({
    credits: wanted(1).describe("Credits to set aside, all or nothing."),
    expires_in_seconds: z
      .int("must be a whole number of seconds")
      .min(1, "must be at least 1")
      .max(MAX_HOLD_SECONDS, `must be at most ${MAX_HOLD_SECONDS}`)
      .default(900)
      .describe("When the hold gives its credits back by itself."),
    ...purpose,
  }),
);
export type HoldBody = z.infer<typeof holdBody>;

export const captureBody = named(
  "CaptureRequest",
  z.strictObject({
    credits: wanted(0).describe("What the work really cost: less than was held, all of it, or more."),
  }),
);

export type CaptureBody = z.infer<typeof captureBody>;

export const releaseBody = named("ReleaseRequest", z.strictObject({}).describe("May be left out."));

export const entriesQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[1-9][0-9]{0,17}$/, "must be a `next_cursor` of an earlier answer")
    .optional()
    .describe("The `next_cursor` of the page before."),
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, "must be a whole number from 1 to 1000")
    .pipe(z.coerce.number<string>().int().min(1, "must be at least 1").max(1_000, "must be at most 1000"))
    .default(100)
    .describe("Entries on a page."),
});

const instant = z.iso.datetime();
const entryNumber = z.int().min(1).meta({ format: "int64" });
const grantId = z.string().regex(/^grt_[0-9a-f]{32}$/);
const bucketName = z.enum(bucket.enumValues);

const share = named(
  "Share",
  z.object({
    grant_id: grantId,
    credits: amount,
  }),
  "Credits of one grant.",
);
const from = z.array(share).describe("Which grants the credits came from, in spending order.");

const kindBalance = z.object({ available: amount, held: amount });

const cycleFigures = named(
  "Cycle",
  z.object({
    started_at: instant,
    total: amount.describe(
      "What was left when the cycle began and was given since, less what was revoked: the sum of used, paid_back, held, frozen, expired and remaining.",
    ),
    used: amount.describe("Spent since the cycle began, whichever grant it came from."),
    paid_back: amount.describe("What new grants paid of what was owed."),
    held: amount.describe("Set aside by holds that are open, also of grants that have ended."),
    frozen: amount.describe("Not spendable until a renewal is paid."),
    expired: amount.describe("Ended unused since the cycle began."),
    remaining: amount.describe("What can be spent now."),
    carried_over: z
      .array(z.object({ expires_at: instant, credits: amount }))
      .describe("Of the total, what was left from before, by when it ends: the soonest first."),
  }),
  "The running cycle, in figures that add up. What is owed is outside the total.",
);

export const balanceAnswer = named(
  "Balance",
  z.object({
    account_id: accountIdText,
    available: amount.describe("What can be spent now."),
    held: amount.describe("Set aside by holds that are open."),
    owed: amount.describe(
      "Used and never paid for. The next grant pays it; until then nothing can be spent.",
    ),
    frozen: amount.describe("Not spendable until a renewal is paid."),
    by_kind: z
      .object({
        plan: kindBalance,
        promotional: kindBalance,
        adjustment: kindBalance,
        purchase: kindBalance,
      } satisfies Record<GrantKind, unknown>)
      .describe("In the order in which they are spent."),
    next_expiry: z
      .object({ at: instant, credits: amount })
      .nullable()
      .describe("The next credits that end unspent, or null."),
    cycle: cycleFigures,
  }),
);

export const spendAnswer = named(
  "Spend",
  z.object({
    account_id: accountIdText,
    credits: amount,
    from,
    entry: entryNumber.describe("The number of its first ledger entry in the account."),
    at: instant,
  }),
);

export const holdAnswer = named(
  "Hold",
  z.object({
    hold_id: holdIdText,
    account_id: accountIdText,
    credits: amount,
    from,
    expires_at: instant,
    entry: entryNumber,
    at: instant,
  }),
);

const endEntry = entryNumber
  .nullable()
  .describe("The number of its first ledger entry in the account; null when no credits moved.");

export const captureAnswer = named(
  "Capture",
  z.object({
    hold_id: holdIdText,
    account_id: accountIdText,
    credits: amount.describe("What was taken."),
    from,
    owed: amount.describe("Of the credits taken, those that neither the hold nor the balance had."),
    returned: amount.describe("What went back to its grants, or expired with them."),
    entry: endEntry,
    at: instant,
  }),
);

export const releaseAnswer = named(
  "Release",
  z.object({
    hold_id: holdIdText,
    account_id: accountIdText,
    returned: amount,
    entry: endEntry,
    at: instant,
  }),
);

const entry = named(
  "Entry",
  z.object({
    entry: entryNumber,
    at: instant,
    from: bucketName,
    to: bucketName,
    credits: amount,
    grant_id: grantId.nullable().describe("Null where credits that no grant had were used."),
    hold_id: holdIdText.nullable(),
    category: z
      .string()
      .meta({ format: "entry-category" })
      .nullable()
      .describe("On usage, and on nothing else."),
    resource: z.string().nullable(),
    reference: z.string().nullable(),
  }),
  "So many credits, from one bucket of the account to another.",
);

const ITEM_PROBLEMS = [
  "invalid_request",
  "account_not_found",
  "insufficient_credits",
  "amount_too_large",
  "idempotency_key_reused",
  "overloaded",
  "unavailable",
  "internal",
] as const;

const spendResult = named(
  "SpendResult",
  z.union([
    z.object({
      idempotency_key: idempotencyKeyText,
      status: z.literal(201),
      replayed: z.boolean().describe("Whether the key was used before: nothing happened now."),
      spend: spendAnswer,
    }),
    z.object({
      idempotency_key: z.string().nullable().describe("As it was sent; null where none could be read."),
      status: z.literal([...new Set(ITEM_PROBLEMS.map((code) => PROBLEMS[code].status))]),
      problem: named("SpendProblem", problemSchema(ITEM_PROBLEMS)),
    }),
  ]),
);

export const spendsAnswer = named(
  "Spends",
  z.object({ results: z.array(spendResult).describe("In the order of the request.") }),
);

export const entriesAnswer = named(
  "Entries",
  z.object({
    entries: z.array(entry).describe("Newest first."),
    next_cursor: z.string().nullable().describe("For the next page; null on the last."),
  }),
);

export type BalanceAnswer = z.infer<typeof balanceAnswer>;
export type SpendResult = z.infer<typeof spendResult>;
export type SpendAnswer = z.infer<typeof spendAnswer>;
export type HoldAnswer = z.infer<typeof holdAnswer>;
export type CaptureAnswer = z.infer<typeof captureAnswer>;
export type ReleaseAnswer = z.infer<typeof releaseAnswer>;
export type EntriesAnswer = z.infer<typeof entriesAnswer>;
