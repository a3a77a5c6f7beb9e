import { countWork, tooOftenSentence } from "@/lib/auth/work-limits";
import { previewUpgrade } from "@/lib/billing/subscriptions/upgrade";
import { deps } from "@/lib/deps";
import { PAYMENTS_UNAVAILABLE } from "@/lib/payments-unavailable";
import { noticeRefusedKey } from "@/lib/stripe/access/http";
import { CardNotice } from "../../card-notice";
import { loadBilling } from "../../load-billing";
import { type Query, upgradePath } from "../../paths";
import { ChangePlanned } from "../change-planned";
import { AskFirst, Refused } from "../refused";
import { upgradeSentence } from "../sentences";
import { readInterval, single } from "../words";
import { UpgradeForm } from "./upgrade-form";

/** What an upgrade charges, gives and keeps, before anything is charged. */
export default async function UpgradePage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const chosen = { plan: single(query.to) ?? "", interval: readInterval(query.interval) };
  const path = upgradePath(encodeURIComponent(chosen.plan), chosen.interval);
  const { customer, account: view, mayManage, where } = await loadBilling(path);
  if (!mayManage) return <AskFirst title="Upgrade" />;
  const counted = await countWork(deps().db, customer.userId, "preview");
  if (!counted.ok) return <Refused title="Upgrade">{tooOftenSentence(counted.error)}</Refused>;
  const { outcome: previewed, keyRefused } = await noticeRefusedKey(() =>
    previewUpgrade(deps(), { accountId: customer.accountId, ...chosen }),
  );
  if (!previewed.ok && previewed.error.code === "change_planned" && view.subscription)
    return <ChangePlanned title="Upgrade" subscription={view.subscription} where={where} />;
  if (!previewed.ok) {
    const isOurs = previewed.error.code === "provider_unavailable" && keyRefused;
    return (
      <Refused title="Upgrade" contact={previewed.error.code === "paid_by_invoice"}>
        {isOurs ? PAYMENTS_UNAVAILABLE : upgradeSentence(previewed.error)}
      </Refused>
    );
  }
  if (view.openPayment) {
    return (
      <Refused title="Upgrade" payment={view.openPayment.id}>
        {upgradeSentence({ code: "payment_in_progress" })}
      </Refused>
    );
  }
  return (
    <>
      <CardNotice flag={query.card} />
      <UpgradeForm offer={previewed.value} view={view} justSaved={query.card === "saved"} where={where} />
    </>
  );
}
