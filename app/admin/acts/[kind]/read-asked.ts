import type { Deps } from "@/lib/deps";
import type { ActRefusal, Request } from "@/lib/desk/acts/act";
import { ACTS } from "@/lib/desk/acts/acts";
import { requestCounter } from "@/lib/desk/acts/counter";
import { type ActKind, isActKind } from "@/lib/desk/acts/kinds";
import { fromPublicId } from "@/lib/ids";

type Query = Readonly<Record<string, string | string[] | undefined>>;

export type Asked = {
  readonly name: ActKind;
  readonly values: Readonly<Record<string, string>>;
  /** Null where there is nothing to preview yet. */
  readonly request: Request | null;
  readonly refusal: ActRefusal | null;
  /** It takes another act back: its fields are that act's. */
  readonly isCounter: boolean;
};

/** What the address asks for; null where there is no such act. */
export async function readAsked(db: Deps["db"], kind: string, query: Query): Promise<Asked | null> {
  if (!isActKind(kind)) return null;
  const values = Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value.trim()]] : [],
    ),
  );
  const { of, fields, onlyAsCounter } = ACTS[kind];
  const asked = { name: kind, values, request: null, refusal: null, isCounter: false };
  const undoes = fromPublicId("act", values.undoes);
  if (undoes) {
    const counter = await requestCounter(db, undoes);
    if (!counter.ok) return { ...asked, isCounter: true, refusal: counter.error };
    return counter.value.kind === kind ? { ...asked, isCounter: true, request: counter.value } : null;
  }
  if (onlyAsCounter) return null;
  if (values.preview !== "yes") return asked;
  const accountId = of === "nobody" || !values.account ? null : fromPublicId("account", values.account);
  if (of !== "nobody" && values.account && !accountId)
    return { ...asked, refusal: { code: "account_not_found" } };
  const own = Object.fromEntries(fields.map((name) => [name, values[name] ?? ""]));
  return { ...asked, request: { kind, accountId, fields: own } };
}
