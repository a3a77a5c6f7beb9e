import { headers } from "next/headers";
import type { ReactNode } from "react";
import { KEPT_HEADER, type Kept, unpackKept } from "@/lib/earlier-version";
import { KeptValues } from "./action-form";
import { Notice } from "./notice";

/**
 * Around a page to which the proxy led back from a form of an earlier version: says that nothing was sent, and gives the
 * page's forms what was entered. Around any other page, nothing.
 */
export async function EarlierVersion({ children }: { readonly children: ReactNode }) {
  const kept = unpackKept((await headers()).get(KEPT_HEADER));
  if (!kept) return children;
  return (
    <KeptValues values={kept.values} notice={<Said kept={kept} />}>
      {children}
    </KeptValues>
  );
}

const Said = ({ kept }: { readonly kept: Kept }) => (
  <Notice
    tone="warning"
    announce
    tabIndex={-1}
    // The answer to a form is a new page, and this is its news.
    autoFocus
    className="rounded-none border-x-0 border-t-0 px-4 py-3 text-center"
  >
    <strong className="font-semibold">This page is from an earlier version. Nothing was sent.</strong>{" "}
    {whatNow(kept)}
  </Notice>
);

function whatNow({ values, lost }: Kept): string {
  if (lost)
    return "This is the new one. A long text of yours did not fit and is not in it: please write it again.";
  return Object.keys(values).length > 0
    ? "This is the new one, with what you entered: please look at it and send it again."
    : "This is the new one: please try again.";
}
