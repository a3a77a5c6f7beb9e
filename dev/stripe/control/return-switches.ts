import type { Core } from "../core";
import {
  appeal,
  closeInquiry,
  escalateInquiry,
  loseDispute,
  openDispute,
  winDispute,
} from "../objects/dispute-life";
import { type Dispute, type DisputeTerms, getDispute } from "../objects/dispute-rows";
import { warnOfFraud } from "../objects/fraud-warnings";
import { askPayer, failRefund, succeedRefund } from "../objects/refund-rows";
import { refundCharge } from "../objects/refunds";
import { ApiError, missing, refused } from "../wire/errors";
import type { Work } from "../work";

type Fields = Record<string, unknown>;
type Answer = { status: number; body: unknown };

/** What becomes of a payment afterwards, turned by hand; `null` when the path is about something else. */
export function answerReturnSwitch(core: Core, path: string, fields: Fields): Answer | null {
  const match = /^\/_sim\/(charges|refunds|disputes)\/([^/]+)\/(\w+)$/.exec(path);
  const [, room = "", id = "", action = ""] = match ?? [];
  const act = ACTS[`${room} ${action}`];
  if (!act) return null;
  try {
    return { status: 200, body: core.perform((work) => act(work, id, fields)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, body: { error: error.message } };
  }
}

const ACTS: Record<string, (work: Work, id: string, fields: Fields) => object> = {
  // As the dashboard does it: nothing of the application's is written on it.
  "charges refund": (work, id, fields) =>
    refundCharge(work, paidCharge(work, id), { amount: amountOf(fields), reason: null, metadata: {} }),
  "charges dispute": (work, id, fields) => openDispute(work, paidCharge(work, id), termsOf(work, id, fields)),
  "charges warn": (work, id, fields) =>
    warnOfFraud(work, paidCharge(work, id), given(fields.fraud_type) ?? "misc"),
  "refunds succeed": (work, id) => succeedRefund(work, inState(work, id, ["pending", "requires_action"])),
  "refunds fail": (work, id, fields) =>
    failRefund(work, inState(work, id, ["pending", "requires_action", "succeeded"]), given(fields.reason)),
  "refunds ask_payer": (work, id) => askPayer(work, inState(work, id, ["pending", "succeeded"])),
  "disputes win": (work, id) => winDispute(work, disputeIn(work, id, CHARGEBACK)),
  "disputes lose": (work, id) => loseDispute(work, disputeIn(work, id, CHARGEBACK)),
  "disputes appeal": (work, id) => appeal(work, disputeIn(work, id, ["lost"])),
  "disputes escalate": (work, id) => escalateInquiry(work, disputeIn(work, id, INQUIRY)),
  "disputes close": (work, id) => closeInquiry(work, disputeIn(work, id, INQUIRY)),
};

const CHARGEBACK = ["needs_response", "under_review", "appeal_needs_response", "appeal_under_review"];
const INQUIRY = ["warning_needs_response", "warning_under_review"];

const given = (field: unknown): string | undefined =>
  typeof field === "string" && field !== "" ? field : undefined;

/** A form leaves out what is empty. */
function amountOf({ amount }: Fields): number | undefined {
  if (amount === undefined || amount === "") return undefined;
  const number = Number(amount);
  if (!Number.isInteger(number) || number < 1) throw refused("amount: a whole number of the smallest unit");
  return number;
}

function paidCharge(work: Work, id: string) {
  const charge = work.store.get("charge", id);
  if (!charge) throw missing("charge", id);
  if (charge.status !== "succeeded") throw refused(`the charge is ${charge.status}`);
  return charge;
}

function termsOf(work: Work, id: string, fields: Fields): DisputeTerms {
  const charge = paidCharge(work, id);
  const amount = amountOf(fields) ?? (charge.amount - charge.amount_refunded || charge.amount);
  if (amount > charge.amount) throw refused("nobody disputes more than was paid");
  const kind = given(fields.kind) ?? "chargeback";
  if (kind !== "chargeback" && kind !== "inquiry" && kind !== "prevented")
    throw refused("kind: chargeback, inquiry or prevented");
  return { amount, kind, reason: given(fields.reason) ?? "fraudulent" };
}

function inState(work: Work, id: string, states: readonly string[]): string {
  const refund = work.store.get("refund", id);
  if (!refund) throw missing("refund", id);
  if (!states.includes(refund.status ?? "")) throw refused(`the refund is ${refund.status}`);
  return id;
}

function disputeIn(work: Work, id: string, states: readonly Dispute["status"][]): string {
  const { status } = getDispute(work, id);
  if (!states.includes(status)) throw refused(`the dispute is ${status}`);
  return id;
}
