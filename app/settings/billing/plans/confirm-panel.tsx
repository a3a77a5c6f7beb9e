import type { ReactNode } from "react";
import { LinkButton } from "@/app/_components/button";
import { PagePanel } from "@/app/_components/page-title";
import { PLANS } from "../paths";

type Props = {
  readonly title: string;
  /** What happens, in the order in which it does. */
  readonly steps: readonly { readonly title: ReactNode; readonly text: ReactNode }[];
  /** The way back, in the words of who changes their mind. */
  readonly keep: string;
  /** The form that does it. */
  readonly children: ReactNode;
};

/** Says what a change for the end of the cycle does and when, before it is made. */
export function ConfirmPanel({ title, steps, keep, children }: Props) {
  return (
    <PagePanel id="confirm" title={title} className="max-w-2xl">
      <ol className="border-line border-l">
        {steps.map(({ title: when, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what happens is a fixed list
          <li key={index} className="relative pb-4 pl-5 last:pb-0">
            <span
              aria-hidden="true"
              data-filled
              className="absolute top-2 -left-[4.5px] size-2 rounded-full bg-line-strong"
            />
            <p className="font-medium">{when}</p>
            <p className="text-muted">{text}</p>
          </li>
        ))}
      </ol>
      <div className="mt-5 flex flex-wrap items-end gap-2">
        {children}
        <LinkButton href={PLANS} variant="secondary" size="large">
          {keep}
        </LinkButton>
      </div>
    </PagePanel>
  );
}
