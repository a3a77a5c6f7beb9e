import type { Metadata } from "next";
import { requireCustomer } from "@/lib/auth/session";
import { countWork, tooOftenSentence } from "@/lib/auth/work-limits";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { getPlanView } from "@/lib/billing/plans/queries";
import { previewUpgrade } from "@/lib/billing/plans/upgrade";
import { deps } from "@/lib/deps";
import { CardNotice } from "../../card-notice";
import { type Query, upgradePath } from "../../paths";
import { mayManageBilling } from "../../roles";
import { Refused } from "../refused";
import { ASK_A_BUYER, upgradeSentence } from "../sentences";
import { readInterval, single } from "../words";
import { UpgradeForm } from "./upgrade-form";

export const metadata: Metadata = { title: "Upgrade" };

/** What an upgrade charges, gives and keeps, before anything is charged. */
export default async function UpgradePage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const chosen = { plan: single(query.to) ?? "", interval: readInterval(query.interval) };
  const customer = await requireCustomer(upgradePath(encodeURIComponent(chosen.plan), chosen.interval));
  if (!mayManageBilling(customer)) return <Refused title="Upgrade">{ASK_A_BUYER}</Refused>;
  const { accountId, locale, timeZone } = customer;
  const counted = await countWork(deps().db, customer.userId, "preview");
  if (!counted.ok) return <Refused title="Upgrade">{tooOftenSentence(counted.error)}</Refused>;
  await openCycle(deps().db, accountId);
  const [previewed, view] = await Promise.all([
    previewUpgrade(deps(), { accountId, ...chosen }),
    getPlanView(deps().db, accountId),
  ]);
  if (!previewed.ok) return <Refused title="Upgrade">{upgradeSentence(previewed.error)}</Refused>;
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
      <UpgradeForm offer={previewed.value} view={view} where={{ locale, timeZone }} />
    </>
  );
}
