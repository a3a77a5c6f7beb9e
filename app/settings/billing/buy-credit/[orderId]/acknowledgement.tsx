"use client";

import type { ReactNode } from "react";
import { useOutcome, useValues } from "@/app/_components/action-form";

/** The tick by which a buyer says that they know how soon the credits expire. */
export function Acknowledgement({
  className,
  children,
}: {
  readonly className: string;
  readonly children: ReactNode;
}) {
  const outcome = useOutcome();
  const ticked = useValues(outcome)?.acknowledged === "yes";
  const problem = outcome.kind === "invalid" ? outcome.fields.acknowledged : undefined;
  return (
    <div className={className}>
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          name="acknowledged"
          value="yes"
          defaultChecked={ticked}
          required
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem && "acknowledged-problem"}
          className="mt-1 size-4 shrink-0 accent-primary"
        />
        <span>{children}</span>
      </label>
      {problem && (
        <p id="acknowledged-problem" className="mt-1.5 text-danger text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}
