import { type Answer, type Command, type Refusal, settledAt } from "../../lib/ledger/decide";
import { availableAt, type LedgerState, type LiveGrant, type Movement } from "../../lib/ledger/state";
import { holds } from "./guarantees";
import type { ModelAccount, ModelAnswer } from "./model";
import type { Decided } from "./subject";

/** Too little is refused and enough is not; a hold that ended does not end again. */
export function checkWhetherRefused(decided: Decided, expected: ModelAnswer): void {
  const tooLittle = "refusal" in decided && decided.refusal.code === "insufficient_credits";
  const told = () => tell(decided, expected);
  holds("whole", tooLittle === refuses(expected, "insufficient_credits"), told);
  holds("I12", "refusal" in decided || !refuses(expected, "hold_already_ended"), told);
}

export function checkAnswer(decided: Decided, expected: ModelAnswer): void {
  const isSame =
    "refusal" in decided
      ? "refused" in expected && isSameRefusal(decided.refusal, expected)
      : !("refused" in expected) && isSameAnswer(decided.answer, expected);
  holds("model", isSame, () => tell(decided, expected));
}

const tell = (decided: Decided, expected: ModelAnswer) =>
  `${show("refusal" in decided ? decided.refusal : decided.answer)}, the model says ${show(expected)}`;

const refuses = (answer: ModelAnswer, code: Refusal["code"]) =>
  "refused" in answer && answer.refused.startsWith(code);

function isSameRefusal(refusal: Refusal, expected: Extract<ModelAnswer, { refused: string }>): boolean {
  switch (refusal.code) {
    case "insufficient_credits":
      return Number(refusal.available) === expected.available && Number(refusal.owed) === expected.owed;
    case "more_than_granted":
    case "more_than_revoked":
    case "amount_too_large":
    case "capture_too_large":
      return expected.refused === refusal.code && Number(refusal.most) === expected.most;
    case "hold_already_ended":
      return expected.refused === `${refusal.code}: ${refusal.how}`;
    default:
      return expected.refused === refusal.code;
  }
}

function isSameAnswer(answer: Answer, expected: Exclude<ModelAnswer, { refused: string }>): boolean {
  const { from, owed, returned, debt, again } = expected;
  if ("again" in answer && Number(answer.again) !== again) return false;
  if ("from" in answer && !isSameTaken(answer.from, from ?? [])) return false;
  if ("owed" in answer && Number(answer.owed) !== owed) return false;
  if ("returned" in answer && Number(answer.returned) !== returned) return false;
  return !("debt" in answer) || Number(answer.debt) === debt;
}

function isSameTaken(
  taken: Extract<Answer, { kind: "spent" }>["from"],
  expected: readonly (readonly [string, number])[],
): boolean {
  return (
    taken.length === expected.length &&
    taken.every(({ grantId, credits }, index) => {
      const [id, amount] = expected[index] ?? [];
      return grantId === id && Number(credits) === amount;
    })
  );
}

/** Only what is live may be taken from; a revocation names its grant, and a sweep takes what is over. */
export function checkIsSpendable(
  { grantId, from, to }: Movement,
  command: Command,
  model: ModelAccount,
): void {
  if (from !== "available" || to === "expired") return;
  if (command.kind === "revoke" && to === "revoked") return;
  const grant = model.grants.find((each) => each.id === grantId);
  const isSpendable = grant !== undefined && model.isSpendable(grant);
  holds("I5", isSpendable, () => `${command.kind} takes from ${show(grant)} at ${model.nowMs}`);
}

/** What a hold gives back is spendable again, unless its grant is over by then. */
export function checkGivenBack({ grantId, from, to }: Movement, model: ModelAccount): void {
  if (from !== "held" || (to !== "available" && to !== "expired")) return;
  const grant = model.grants.find((each) => each.id === grantId);
  const isOver = grant !== undefined && grant.expiresMs <= model.nowMs;
  holds("I12", isOver === (to === "expired"), () => `${show(grant)} gets its held credits back as ${to}`);
}

/** What paid a debt was used before, and said then what for. */
export function checkUsage(moved: Movement, command: Command | null): void {
  const isUsage = moved.to === "spent" && (command?.kind === "spend" || command?.kind === "capture");
  holds("usage", (moved.purpose !== null) === isUsage, () => `${show(moved)} by ${command?.kind}`);
}

/** Those in front of the last grant that was taken from are empty. */
export function checkOrder(
  command: Command,
  movements: readonly Movement[],
  after: LedgerState,
  model: ModelAccount,
): void {
  if (command.kind === "revoke" || command.kind === "expire") return;
  const taken = new Set<string | null>();
  for (const { grantId, from, to } of movements) {
    if (from === "available" && to !== "expired") taken.add(grantId);
  }
  if (taken.size === 0) return;
  const order = model.inOrder();
  const last = order.findLastIndex((each) => taken.has(each.id));
  for (const { id } of order.slice(0, last)) {
    const inFront = after.grants.find((each) => each.id === id);
    holds("I6", inFront?.remaining === 0n, () => `${show(inFront)} is in front of ${show(order[last])}`);
  }
}

/** A command moves as much as it was asked to. */
export function checkWhole(command: Command, movements: readonly Movement[]): void {
  if (!("credits" in command) || command.kind === "revoke") return;
  const to = { spend: "spent", capture: "spent", hold: "held", adjust: "revoked" }[command.kind];
  let moved = 0n;
  for (const each of movements) if (each.to === to) moved += each.credits;
  holds("whole", moved === command.credits, () => `${show(command)} moved ${moved}`);
}

/** A capture owes what nothing is left for, and nothing else. */
export function checkOwed(command: Command, movements: readonly Movement[]): void {
  if (command.kind !== "capture" || !movements.some((each) => each.from === "owed")) return;
  const paid = movements.find((each) => each.to === "owed");
  holds("debt", !paid, () => `${show(command)} owes while there is ${show(paid)}`);
}

const LATER_MS = [0, 1, 10, 100];

export function checkSweep(before: LedgerState, after: LedgerState, now: Date): void {
  const left = after.grants.find((each) => each.expiresAt <= now && each.remaining > 0n);
  holds("sweep", !left, () => `${show(left)} was left`);
  for (const laterMs of LATER_MS) {
    const then = new Date(now.getTime() + laterMs);
    const [unswept, swept] = [before, after].map((each) => availableAt(settledAt(each, then), then));
    holds("sweep", unswept === swept, () => `${unswept} in ${laterMs} ms if unswept, else ${swept}`);
  }
}

type End = Pick<LiveGrant, "id" | "expiresAt">;

/** A copy: the grants of a batch change in place. */
export const endsOf = ({ grants }: LedgerState): readonly End[] =>
  grants.map(({ id, expiresAt }) => ({ id, expiresAt }));

/** No grant's end moves earlier, and none moves once it is reached. */
export function checkLife(before: readonly End[], after: LedgerState, now: Date): void {
  for (const { id, expiresAt } of before) {
    const then = after.grants.find((each) => each.id === id);
    const isSame = then !== undefined && then.expiresAt.getTime() === expiresAt.getTime();
    const isLonger = then !== undefined && then.expiresAt > expiresAt && expiresAt > now;
    holds("life", isSame || isLonger, () => `${show(then)} ended at ${show(expiresAt)} before`);
  }
}

/** Compares a state in which nothing is due with the model. */
export function checkState(state: LedgerState, model: ModelAccount): void {
  const now = new Date(model.nowMs);
  const available = availableAt(state, now);
  holds("debt", state.owed === 0n || available === 0n, () => `${state.owed} owed, ${available} to spend`);
  for (const hold of state.holds) {
    const isOver = hold.expiresAt <= now;
    holds("I12", hold.status !== "open" || !isOver, () => `${show(hold)} is open at ${model.nowMs}`);
    holds("I12", hold.status !== "expired" || isOver, () => `${show(hold)} ended at ${model.nowMs}`);
  }
  const told = () => `${show(state)}, the model has ${show(model)}`;
  holds("debt", Number(state.owed) === model.owed, told);
  holds("model", Number(available) === model.available(), told);
  holds("model", state.grants.length === model.grants.length, told);
  for (const grant of state.grants) holds("model", isSameGrant(grant, model), told);
  for (const hold of model.holds) {
    holds("model", state.holds.find((each) => each.id === hold.id)?.status === hold.status, told);
  }
}

/** What is left of a grant past its expiry counts as expired, swept or not. */
function isSameGrant(grant: LiveGrant, model: ModelAccount): boolean {
  const expected = model.grants.find((each) => each.id === grant.id);
  if (!expected) return false;
  const remaining = Number(grant.remaining);
  const [free, over] = grant.expiresAt.getTime() <= model.nowMs ? [0, remaining] : [remaining, 0];
  return (
    expected.free === free &&
    expected.held === Number(grant.held) &&
    expected.spent === Number(grant.spent) &&
    expected.expired === Number(grant.expired) + over &&
    expected.revoked === Number(grant.revoked) &&
    Number(grant.cycleUsed + grant.cyclePaidBack + grant.cycleExpired) + remaining + expected.held <=
      expected.credits &&
    expected.frozen === grant.frozen &&
    expected.expiresMs === grant.expiresAt.getTime()
  );
}

/** For people: one line, amounts as numbers, instants as milliseconds. */
export const show = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, name, each) {
    const raw = this[name];
    if (raw instanceof Date) return raw.getTime();
    return typeof each === "bigint" ? Number(each) : each;
  }) ?? "nothing";
