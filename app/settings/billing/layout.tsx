import type { ReactNode } from "react";
import { Notice } from "@/app/_components/notice";
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

/** The area's name and tabs; each page has a title of its own. It protects nothing: each page asks for its customer itself. */
export default function BillingLayout({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <p className="mb-5 font-semibold text-2xl tracking-tight">Billing & Subscription</p>
      <Tabs label="Billing & Subscription" tabs={TABS} />
      <div className="mt-7 space-y-4">
        {deps().access.state().pausedFor !== null && (
          <Notice tone="warning">
            Payments and plan changes are unavailable right now. We know about it. You can use your credits as
            before, and nothing is charged in the meantime.
          </Notice>
        )}
        {children}
      </div>
    </>
  );
}
