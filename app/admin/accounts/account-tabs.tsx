"use client";

import { usePathname } from "next/navigation";
import { Tabs } from "@/app/_components/tabs";

type Props = { readonly account: string; readonly timeline: string; readonly ledger: string };

/** The pages of an account. Its first one stands for itself alone, though its address begins the others. */
export function AccountTabs({ account, timeline, ledger }: Props) {
  const isFirst = usePathname() === account;
  const tabs = [
    { href: account, label: "Account", section: isFirst ? account : `${account}/account` },
    { href: timeline, label: "Timeline" },
    { href: ledger, label: "Ledger" },
  ];
  return <Tabs label="This account" tabs={tabs} />;
}
