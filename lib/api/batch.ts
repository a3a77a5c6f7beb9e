import { fromPublicId } from "../ids";
import { err, type Result } from "../result";
import { check } from "./check";
import type { SPEND_MANY } from "./operations";
import { presentSpend, settled, spendCommand } from "./present";
import { describeProblem, type Problem } from "./problems";
import { type Call, mayTouch, problemOfFailure } from "./route";
import { batchedSpend, type SpendAnswer, type SpendResult } from "./schemas";

type Spent = { readonly spend: SpendAnswer; readonly replayed: boolean };

/** Spends every item of a batch by itself; what fails for one is its own result and nobody else's. */
export function spendEach(call: Call<typeof SPEND_MANY>): Promise<SpendResult[]> {
  return Promise.all(call.body.spends.map((item) => spendOne(call, item)));
}

async function spendOne(call: Call<typeof SPEND_MANY>, item: unknown): Promise<SpendResult> {
  const spent = await trySpend(call, item).catch((error: unknown) =>
    err(problemOfFailure(error, call.requestId)),
  );
  const key = keyOf(item);
  if (spent.ok) return { idempotency_key: key ?? "", status: 201, ...spent.value };
  const problem = describeProblem(spent.error, call.requestId);
  return { idempotency_key: key, status: problem.status, problem } as SpendResult;
}

async function trySpend(call: Call<typeof SPEND_MANY>, item: unknown): Promise<Result<Spent, Problem>> {
  const checked = check(batchedSpend, item);
  if (!checked.ok) return checked;
  const { account_id, idempotency_key: key } = checked.value;
  const accountId = fromPublicId("account", account_id);
  if (accountId === null || !mayTouch(call.key, accountId)) return err({ code: "account_not_found" });
  const command = spendCommand(checked.value);
  const done = settled(
    "spent",
    await call.deps.batcher.submit(accountId, { key, command, apiKey: call.key.number }),
  );
  if (!done.ok) return done;
  return { ok: true, value: { spend: presentSpend(accountId, done.value), replayed: done.value.replayed } };
}

const MAX_ECHOED = 255;

/** The key of an item that may be anything, so that its problem can be told from others. */
function keyOf(item: unknown): string | null {
  const key =
    typeof item === "object" && item !== null && "idempotency_key" in item ? item.idempotency_key : null;
  return typeof key === "string" && key.length <= MAX_ECHOED ? key : null;
}
