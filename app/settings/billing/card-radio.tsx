"use client";

import type { ComponentProps } from "react";
import { useOutcome, useValues } from "@/app/_components/action-form";

/** One card of a choice: what was chosen before stays chosen, and nothing in its place where that card is gone. */
export function CardRadio({
  isFirst,
  value,
  ...rest
}: ComponentProps<"input"> & {
  /** Whether it is chosen at first. */
  readonly isFirst: boolean;
}) {
  const before = useValues(useOutcome())?.card;
  const chosen = before === undefined ? isFirst : before === value;
  return <input type="radio" name="card" value={value} defaultChecked={chosen} {...rest} />;
}
