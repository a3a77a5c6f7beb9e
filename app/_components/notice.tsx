import type { ComponentProps } from "react";
import { classNames } from "./class-names";

export type NoticeTone = "info" | "success" | "warning" | "danger";

/** A banner, as `globals.css` shows it. `announce` reads it out when it appears: dangers at once, the rest in a pause. */
export function Notice({
  tone = "info",
  announce = false,
  className,
  ...rest
}: ComponentProps<"div"> & { readonly tone?: NoticeTone; readonly announce?: boolean }) {
  return (
    <div
      role={announce ? (tone === "danger" ? "alert" : "status") : undefined}
      className={classNames("notice", tone, className)}
      {...rest}
    />
  );
}
