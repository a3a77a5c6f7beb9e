import type { Tx } from "../../../db/client";
import type { ActLine } from "../../../db/schema";
import type { AccountRow } from "../../billing/account";
import type { RefundableError } from "../../billing/allowances/returns/refundable";
import type { DocumentDeps } from "../../billing/documents/seller";
import type { Refusal } from "../../ledger/decide";
import type { Cents, Credits } from "../../money/credits";
import type { Result } from "../../result";
import type { ActKind } from "./kinds";

export type { ActLine };

/** From so much on a second operator has to agree; null: from no amount. */
export type ApprovalLimits = { readonly credits: Credits | null; readonly cents: Cents | null };
export type ActDeps = DocumentDeps & { readonly approvals: ApprovalLimits };

/** What an operator typed, by the names of the act's fields. */
export type Fields = Readonly<Record<string, string>>;
export type Request = {
  readonly kind: ActKind;
  /** Null for what is of no account. */
  readonly accountId: string | null;
  readonly fields: Fields;
  /** The act this takes back: then the fields are those that `counterOf` says. */
  readonly undoes?: string | null;
};

export type FieldName =
  | "credits"
  | "cents"
  | "kind"
  | "until"
  | "grant"
  | "order"
  | "invoice"
  | "plan"
  | "person"
  | "role"
  | "operator"
  | "mail"
  | "name"
  | "scopes"
  | "key"
  | "sentence";

export type Preview = {
  readonly lines: readonly ActLine[];
  /** What it depends on, as one word: performed with another, it is refused. */
  readonly basis: string;
  /** Whether a second operator has to agree. */
  readonly needsApproval: boolean;
};

export type ActRefusal =
  | { readonly code: "bad_field"; readonly field: FieldName }
  | { readonly code: "reason_missing" | "account_missing" | "account_not_found" | "subject_not_found" }
  | Exclude<Refusal, { code: `hold_${string}` | "capture_too_large" }>
  | { readonly code: "nothing_owed" | "not_frozen_here" | "not_paid" | "paid_back" | "already_so" }
  | { readonly code: "no_counter_act" | "already_taken_back" }
  | {
      readonly code:
        | "order_not_paid"
        | "order_paid"
        | "order_disputed"
        | "order_not_parked"
        | "order_under_way";
    }
  | {
      readonly code:
        | "invoice_not_paid"
        | "invoice_of_nothing_ours"
        | "invoice_disputed"
        | "invoice_paid_without_stripe"
        | "invoice_under_way";
    }
  | { readonly code: "more_than_left_of_invoice"; readonly leftCents: Cents; readonly currency: string }
  | RefundableError
  | { readonly code: "nothing_left" }
  | { readonly code: "more_than_left"; readonly leftCents: Cents }
  | { readonly code: "has_subscription" | "plan_without_credits" }
  | { readonly code: "oneself" | "last_owner" | "last_operator" | "operator_gone" }
  /** What it depends on changed since it was previewed: here it is anew. */
  | { readonly code: "stale_preview"; readonly preview: Preview };

/** An act in the middle of its transaction, the account locked where there is one. */
export type Scene = {
  readonly tx: Tx;
  readonly actId: string;
  readonly operatorId: string;
  readonly reason: string;
  /** It is undone at once: whatever the database keeps in spite of that must not be touched. */
  readonly isPreview?: boolean;
  readonly fields: Fields;
  readonly now: Date;
  /** By the database's clock of the transaction, by which balances are read in it: what is given begins then. */
  readonly begunAt: Date;
  readonly account: AccountRow | null;
};
export type AccountScene = Scene & { readonly account: AccountRow };

/** A number, as it is at one moment. */
export type Measured = Pick<ActLine, "name" | "unit"> & { readonly value: string };

/** What an act found out about itself before it does anything. */
export type Prepared = {
  /** The one thing it is about, as it is named outside the database. */
  readonly subject: string | null;
  /** What it depends on. That the customer goes on spending is none of it. */
  readonly basis: readonly string[];
  /** Credits null: nobody can say how many, and a second operator has to agree wherever credits count. */
  readonly weighs?: { readonly credits?: Credits | null; readonly cents?: Cents };
  readonly measure: () => Promise<readonly Measured[]>;
  /** Does it, in the transaction. Returns what is to be known later, to take it back for example. */
  readonly run: () => Promise<Result<Fields, ActRefusal>>;
  /** Done after the commit: what asks somebody outside. Returns what came of it. */
  readonly afterwards?: (deps: ActDeps) => Promise<Aftermath>;
};

export type Aftermath = {
  /** `unknown`: nobody knows yet; it is asked again by itself. */
  readonly kind: "done" | "unknown" | "refused";
  /** Shown to the operator this once and kept nowhere, such as a new API key. */
  readonly secret?: string;
  readonly why?: string;
};

export type Act = {
  /** `either`: with an account, what it is about belongs to it. */
  readonly of: "account" | "either" | "nobody";
  readonly fields: readonly FieldName[];
  /** Only to take another act back. */
  readonly onlyAsCounter?: true;
  readonly prepare: (scene: Scene) => Promise<Result<Prepared, ActRefusal>>;
  /**
   * Asked of somebody outside whenever it is previewed, after the preview was undone: what would else be refused only once it is
   * begun. It changes nothing, there or here.
   */
  readonly askBeforehand?: (
    deps: ActDeps,
    request: Request,
    prepared: Prepared,
  ) => Promise<Result<undefined, ActRefusal>>;
  /** What takes it back; null where nothing can. Given what was asked for and what it came to. */
  readonly counter: ((done: Fields) => Counter | null) | null;
};
export type Counter = { readonly kind: ActKind; readonly fields: Fields };

/** An act on an account. */
export const accountAct = (
  act: Omit<Act, "of" | "prepare"> & {
    readonly prepare: (scene: AccountScene) => Promise<Result<Prepared, ActRefusal>>;
  },
): Act => ({
  ...act,
  of: "account",
  prepare: async (scene) => {
    const { account } = scene;
    if (!account) throw new Error("an act on an account has one");
    return act.prepare({ ...scene, account });
  },
});
