import { newId, toPublicId } from "../ids";
import type { Outcome } from "../ledger/commit";
import type { SpendingAnswer, SpendingCommand } from "../ledger/decide";
import type { EntryPage, EntryView } from "../ledger/entries";
import type { CycleFigures } from "../ledger/figures";
import type { BalanceView } from "../ledger/queries";
import type { GrantKind, Purpose, Share } from "../ledger/state";
import { credits, sumCredits } from "../money/credits";
import { err, invariant, ok, type Result } from "../result";
import { type HoldAddress, toHoldId } from "./ids";
import { jsonInteger } from "./json";
import type { Problem } from "./problems";
import type { Reply } from "./route";
import type {
  BalanceAnswer,
  CaptureAnswer,
  CaptureBody,
  EntriesAnswer,
  HoldAnswer,
  HoldBody,
  ReleaseAnswer,
  SpendAnswer,
  SpendBody,
} from "./schemas";

type Kind = SpendingAnswer["kind"];
export type Done<K extends Kind> = {
  readonly answer: Extract<SpendingAnswer, { kind: K }>;
  readonly at: Date;
  readonly seq: bigint;
  readonly replayed: boolean;
};

/** What a command of this kind was answered, or the problem it met. */
export function settled<K extends Kind>(kind: K, outcome: Outcome<SpendingAnswer>): Result<Done<K>, Problem> {
  if (outcome.kind === "refused") return err(problemOf(outcome.refusal));
  const { answer, at, seq } = outcome;
  invariant(answer.kind === kind, `a command is answered in kind, not with ${answer.kind}`);
  return ok({ answer: answer as Done<K>["answer"], at, seq, replayed: outcome.kind === "replayed" });
}

type Refusal = Extract<Outcome, { kind: "refused" }>["refusal"];

function problemOf(refusal: Refusal): Problem {
  switch (refusal.code) {
    case "insufficient_credits":
      return {
        code: refusal.code,
        available: jsonInteger(refusal.available),
        owed: jsonInteger(refusal.owed),
      };
    case "amount_too_large":
    case "capture_too_large":
      return { code: refusal.code, most_credits: jsonInteger(refusal.most) };
    case "hold_already_ended":
      return { code: refusal.code, ended_as: refusal.how };
    case "account_not_found":
    case "hold_not_found":
    case "idempotency_key_reused":
      return { code: refusal.code };
    default:
      throw new Error(`spending is never refused with ${refusal.code}`);
  }
}

/** A hold of an account that does not exist does not exist. */
export const asHoldProblem = (problem: Problem): Problem =>
  problem.code === "account_not_found" ? { code: "hold_not_found" } : problem;

export const replyWith = <K extends Kind>(done: Done<K>, body: object): Result<Reply, Problem> =>
  ok({ body, replayed: done.replayed });

const purposeOf = (body: SpendBody | HoldBody): Purpose => ({
  category: body.category,
  resource: body.resource ?? null,
  reference: body.reference ?? null,
});

export const spendCommand = (body: SpendBody): SpendingCommand => ({
  kind: "spend",
  credits: credits(BigInt(body.credits)),
  purpose: purposeOf(body),
});

export const holdCommand = (body: HoldBody): SpendingCommand => ({
  kind: "hold",
  holdId: newId(),
  credits: credits(BigInt(body.credits)),
  ttlMs: body.expires_in_seconds * 1_000,
  purpose: purposeOf(body),
});

export const captureCommand = ({ holdId }: HoldAddress, body: CaptureBody): SpendingCommand => ({
  kind: "capture",
  holdId,
  credits: credits(BigInt(body.credits)),
});

export const releaseCommand = ({ holdId }: HoldAddress): SpendingCommand => ({ kind: "release", holdId });

const presentShares = (shares: readonly Share[]) =>
  shares.map((each) => ({
    grant_id: toPublicId("grant", each.grantId),
    credits: jsonInteger(each.credits),
  }));

export const presentSpend = (accountId: string, { answer, at, seq }: Done<"spent">): SpendAnswer => ({
  account_id: toPublicId("account", accountId),
  credits: jsonInteger(answer.credits),
  from: presentShares(answer.from),
  entry: jsonInteger(seq),
  at: at.toISOString(),
});

export const presentHold = (accountId: string, { answer, at, seq }: Done<"held">): HoldAnswer => ({
  hold_id: toHoldId({ accountId, holdId: answer.holdId }),
  account_id: toPublicId("account", accountId),
  credits: jsonInteger(answer.credits),
  from: presentShares(answer.from),
  expires_at: answer.expiresAt.toISOString(),
  entry: jsonInteger(seq),
  at: at.toISOString(),
});

export const presentCapture = (hold: HoldAddress, { answer, at, seq }: Done<"captured">): CaptureAnswer => ({
  hold_id: toHoldId(hold),
  account_id: toPublicId("account", hold.accountId),
  credits: jsonInteger(answer.credits),
  from: presentShares(answer.from),
  owed: jsonInteger(answer.owed),
  returned: jsonInteger(answer.returned),
  entry: answer.credits > 0n || answer.returned > 0n ? jsonInteger(seq) : null,
  at: at.toISOString(),
});

export const presentRelease = (hold: HoldAddress, { answer, at, seq }: Done<"released">): ReleaseAnswer => ({
  hold_id: toHoldId(hold),
  account_id: toPublicId("account", hold.accountId),
  returned: jsonInteger(answer.returned),
  entry: answer.returned > 0n ? jsonInteger(seq) : null,
  at: at.toISOString(),
});

export function presentBalance(accountId: string, balance: BalanceView): BalanceAnswer {
  const ofKind = (kind: GrantKind) => {
    const grants = balance.grants.filter((each) => each.kind === kind);
    const usable = grants.filter((each) => !each.frozen);
    return {
      available: jsonInteger(sumCredits(usable.map((each) => each.remaining))),
      held: jsonInteger(balance.heldByKind[kind]),
    };
  };
  const { nextExpiry } = balance;
  return {
    account_id: toPublicId("account", accountId),
    available: jsonInteger(balance.remaining),
    held: jsonInteger(balance.held),
    owed: jsonInteger(balance.owed),
    frozen: jsonInteger(balance.frozen),
    by_kind: {
      plan: ofKind("plan"),
      promotional: ofKind("promotional"),
      adjustment: ofKind("adjustment"),
      purchase: ofKind("purchase"),
    } satisfies Record<GrantKind, unknown>,
    next_expiry: nextExpiry && {
      at: nextExpiry.at.toISOString(),
      credits: jsonInteger(nextExpiry.credits),
    },
    cycle: presentCycle(balance),
  };
}

const presentCycle = (figures: CycleFigures): BalanceAnswer["cycle"] => ({
  started_at: figures.startedAt.toISOString(),
  total: jsonInteger(figures.total),
  used: jsonInteger(figures.used),
  paid_back: jsonInteger(figures.paidBack),
  held: jsonInteger(figures.held),
  frozen: jsonInteger(figures.frozen),
  expired: jsonInteger(figures.expired),
  remaining: jsonInteger(figures.remaining),
  carried_over: figures.carriedOver.map((each) => ({
    expires_at: each.expiresAt.toISOString(),
    credits: jsonInteger(each.credits),
  })),
});

export const presentEntries = (accountId: string, { entries, nextCursor }: EntryPage): EntriesAnswer => ({
  entries: entries.map((each) => presentEntry(accountId, each)),
  next_cursor: nextCursor === null ? null : String(nextCursor),
});

const presentEntry = (accountId: string, entry: EntryView): EntriesAnswer["entries"][number] => ({
  entry: jsonInteger(entry.seq),
  at: entry.at.toISOString(),
  from: entry.from,
  to: entry.to,
  credits: jsonInteger(entry.credits),
  grant_id: entry.grantId && toPublicId("grant", entry.grantId),
  hold_id: entry.holdId && toHoldId({ accountId, holdId: entry.holdId }),
  category: entry.category,
  resource: entry.resource,
  reference: entry.reference,
});
