import type { ComponentProps } from "react";
import { classNames } from "./class-names";

export type NoticeTone = "info" | "success" | "warning" | "danger";

const TONES: Record<NoticeTone, string> = {
  info: "border-line bg-soft text-ink",
  success: "border-good-line bg-good-soft text-good",
  warning: "border-warn-line bg-warn-soft text-warn",
  danger: "border-danger-line bg-danger-soft text-danger",
};

/** A banner. `announce` reads it out when it appears: dangers at once, the rest when there is a pause. */
export function Notice({
  tone = "info",
  announce = false,
  className,
  ...rest
}: ComponentProps<"div"> & { readonly tone?: NoticeTone; readonly announce?: boolean }) {
  return (
    <div
      role={announce ? (tone === "danger" ? "alert" : "status") : undefined}
      className={classNames("rounded-control border px-3.5 py-2.5 text-sm", TONES[tone], className)}
      {...rest}
    />
  );
}
