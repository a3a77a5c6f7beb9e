import type { ReactNode } from "react";
import { Notice } from "@/app/_components/notice";
import { PageTitle } from "@/app/_components/page-title";
import { Tabs } from "@/app/_components/tabs";
import { deps } from "@/lib/deps";
import { BUY_CREDIT, HISTORY, OVERVIEW, PLANS, USAGE } from "./paths";

const TABS = [
  { href: OVERVIEW, label: "Overview" },
  { href: USAGE, label: "Usage" },
  { href: BUY_CREDIT, label: "Buy Credit" },
  { href: PLANS, label: "Plans" },
  { href: HISTORY, label: "History" },
];

/** Title and tabs. It protects nothing: each page asks for its customer itself. */
export default function BillingLayout({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <PageTitle>Billing & Subscription</PageTitle>
      <Tabs label="Billing & Subscription" tabs={TABS} />
      <div className="mt-7 space-y-4">
        {deps().access.state().pausedFor !== null && (
          <Notice tone="warning">
            Payments and plan changes are not available just now. We have been told. Your credits can be used
            as before, and nothing is charged meanwhile.
          </Notice>
        )}
        {children}
      </div>
    </>
  );
}
