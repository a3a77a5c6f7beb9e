import { desc, eq } from "drizzle-orm";
import { operatorActs, users } from "../../db/schema";
import type { ActDeps, ApprovalLimits, Fields, Request } from "../../lib/desk/acts/act";
import { requestCounter } from "../../lib/desk/acts/counter";
import type { ActKind } from "../../lib/desk/acts/kinds";
import { type Performed, performAct } from "../../lib/desk/acts/perform";
import { previewAct } from "../../lib/desk/acts/run-act";
import { newId } from "../../lib/ids";
import type { Shop } from "./shop";

export const REASON = "Agreed with the customer on the phone";

/** Acts at the desk of a shop, as an operator does them: previewed, then performed. */
export function deskAt(shop: Shop, approvals: ApprovalLimits = { credits: null, cents: null }) {
  const operatorId = newId();
  const deps = (): ActDeps => ({ ...shop.deps, approvals });

  const look = (request: Request, by = operatorId) => previewAct(deps(), request, by);
  async function preview(request: Request, by = operatorId) {
    const seen = await look(request, by);
    if (!seen.ok) throw new Error(`not previewed: ${seen.error.code}`);
    return seen.value;
  }
  const ask = (kind: ActKind, accountId: string | null, fields: Fields): Request => ({
    kind,
    accountId,
    fields,
  });
  async function perform(request: Request, by = operatorId, reason = REASON) {
    const { basis } = await preview(request, by);
    return performAct(deps(), { request, operatorId: by, reason, basis });
  }
  /** Done, and the numbers of the account after it. */
  async function act(kind: ActKind, accountId: string | null, fields: Fields) {
    return doneOf(await perform(ask(kind, accountId, fields)));
  }
  async function takeBack(actId: string) {
    const request = await requestCounter(shop.db, actId);
    if (!request.ok) throw new Error(request.error.code);
    return doneOf(await perform(request.value));
  }
  const acts = (accountId: string) =>
    shop.db
      .select()
      .from(operatorActs)
      .where(eq(operatorActs.accountId, accountId))
      .orderBy(desc(operatorActs.id));
  /** A person who runs the product: the one who acts here by default, or another. */
  async function makeOperator(id = newId()): Promise<string> {
    const values = { id, email: `${id}@example.com`, name: "Oona Operator", isOperator: true };
    await shop.db.insert(users).values(values).onConflictDoNothing();
    return id;
  }
  return { operatorId, makeOperator, deps, look, preview, ask, perform, act, takeBack, acts };
}

type Outcome = Awaited<ReturnType<typeof performAct>>;

function doneOf(outcome: Outcome): Extract<Performed, { kind: "done" }> & { readonly after: Fields } {
  if (!outcome.ok || outcome.value.kind !== "done")
    throw new Error(`not done: ${outcome.ok ? outcome.value.kind : outcome.error.code}`);
  return {
    ...outcome.value,
    after: Object.fromEntries(outcome.value.lines.map(({ name, after }) => [name, after])),
  };
}
