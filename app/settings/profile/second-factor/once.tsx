"use client";

import type { ReactNode } from "react";
import { useOutcome } from "@/app/_components/action-form";
import { Panel } from "@/app/_components/panel";

/** A form's fields, until it was sent well: then its recovery codes, which are shown this once. */
export function Once({ children }: { readonly children: ReactNode }) {
  const outcome = useOutcome();
  const codes = outcome.kind === "done" ? (outcome as { readonly codes?: string }).codes : undefined;
  if (!codes) return children;
  return (
    <Panel title="Your recovery codes" id="codes">
      <p className="mb-4">
        Each of them signs you in once when you do not have your app. They are not shown again: print them, or
        put them where you keep passwords.
      </p>
      <ul className="grid gap-x-8 gap-y-1.5 rounded-control border border-line bg-sunken p-4 font-mono text-sm sm:grid-cols-2">
        {codes.split(" ").map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Panel>
  );
}
