import type { ReactNode } from "react";

export type BadgeTone = "plain" | "sunken" | "soft" | "good" | "warn" | "danger";

const TONES: Record<BadgeTone, string> = {
  plain: "border-line bg-panel text-muted",
  sunken: "border-line bg-sunken text-ink",
  soft: "border-line bg-soft text-ink",
  good: "border-good-line bg-good-soft text-good",
  warn: "border-warn-line bg-warn-soft text-warn",
  danger: "border-danger-line bg-danger-soft text-danger",
};

/** Where something stands, in a word or two. */
export function Badge({ tone, children }: { readonly tone: BadgeTone; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-block whitespace-nowrap rounded-full border px-2.5 font-medium text-xs leading-6 ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}
