import {
  type BegunInvoiceRefund,
  beginInvoiceRefund,
  leftToRefund,
  type RefundInvoiceError,
  sendInvoiceRefund,
} from "../../billing/allowances/returns/refund";
import { checkRefundable } from "../../billing/allowances/returns/refundable";
import {
  findInvoice,
  findInvoiceReturns,
  findPlanReversals,
  type InvoiceRow,
} from "../../billing/allowances/returns/rows";
import { takenBy } from "../../billing/returns/moves";
import { toPublicId } from "../../ids";
import { formatMinor } from "../../money/format";
import { err, invariant, ok, type Result } from "../../result";
import { type AccountScene, type ActRefusal, type Aftermath, accountAct, type Measured } from "./act";
import { measureBooks } from "./books";
import { readCents } from "./read-fields";
import { weighInvoice } from "./weigh-invoice";

/**
 * Pays a plan's invoice back, in part or all that is left, in its own currency: the credits are taken before Stripe is asked. The
 * plan goes on. Nothing takes a refund back.
 */
export const refundInvoice = accountAct({
  fields: ["invoice", "cents"],
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const invoice = found.value;
    const amount = readCents(scene.fields);
    if (!amount.ok) return amount;
    const { left, basis } = await returnsOf(scene, invoice);
    const cents = amount.value ?? left;
    const weighed = await weighInvoice(scene.tx, invoice, cents);
    let begun: BegunInvoiceRefund | null = null;
    return ok({
      subject: invoice.id,
      basis: [invoice.status, String(left), ...basis],
      weighs: { cents, credits: weighed },
      measure: () => measureInvoice(scene, invoice.id),
      run: async () => {
        const { account, now, operatorId, reason: why } = scene;
        const request = { amountCents: amount.value, operatorId, why };
        const asked = await beginInvoiceRefund(scene.tx, { account, now }, invoice.id, request);
        if (!asked.ok) return err(refusalOf(asked.error));
        if (!asked.value.isNew) return err({ code: "invoice_under_way" });
        begun = asked.value;
        return ok({ refund: toPublicId("refund", begun.request.id) });
      },
      afterwards: async (deps): Promise<Aftermath> => {
        invariant(begun, "a refund that was done was begun");
        const sent = await sendInvoiceRefund(deps, begun);
        if (sent.kind === "refused") return { kind: "refused", why: sent.reason };
        return { kind: sent.kind === "made" ? "done" : "unknown" };
      },
    });
  },
  askBeforehand: async (deps, { accountId }, { subject, weighs }) => {
    const invoice = await findInvoice(deps.db, { accountId: accountId ?? "", invoiceId: subject ?? "" });
    invariant(invoice && weighs?.cents, "an invoice whose refund is previewed is there");
    return checkRefundable(deps, invoice, weighs.cents);
  },
  counter: null,
});

function refusalOf(error: RefundInvoiceError): ActRefusal {
  switch (error.code) {
    case "invoice_not_found":
      return { code: "subject_not_found" };
    case "nothing_left":
      return { code: "nothing_left" };
    default:
      return error;
  }
}

async function findNamed({ tx, account, fields }: AccountScene): Promise<Result<InvoiceRow, ActRefusal>> {
  const invoiceId = fields.invoice ?? "";
  if (!/^in_[A-Za-z0-9]{1,100}$/.test(invoiceId)) return err({ code: "bad_field", field: "invoice" });
  const row = await findInvoice(tx, { accountId: account.id, invoiceId });
  return row ? ok(row) : err({ code: "subject_not_found" });
}

async function returnsOf({ tx, account }: AccountScene, invoice: InvoiceRow) {
  const stored = await findInvoiceReturns(tx, { accountId: account.id, invoiceId: invoice.id });
  const { refunds, requests, disputes } = stored;
  return {
    left: leftToRefund(invoice, stored),
    basis: [...refunds, ...requests, ...disputes].map(({ id, status }) => `${id} ${status}`),
  };
}

async function measureInvoice(scene: AccountScene, invoiceId: string): Promise<readonly Measured[]> {
  const invoice = await findInvoice(scene.tx, { accountId: scene.account.id, invoiceId });
  invariant(invoice, "no invoice is deleted");
  const { left } = await returnsOf(scene, invoice);
  const { taken, used } = takenBy(await findPlanReversals(scene.tx, scene.account.id));
  const money = (name: string, amount: bigint): Measured => ({
    ...{ name, unit: "text" },
    value: formatMinor(amount, invoice.currency, "en-US"),
  });
  return [
    ...(await measureBooks(scene)),
    { name: "Taken back of its plans", unit: "credits", value: String(taken) },
    { name: "Of these spent before", unit: "credits", value: String(used) },
    money("Paid", invoice.paidCents),
    money("Left to pay back", left),
  ];
}
