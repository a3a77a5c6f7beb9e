"use client";

import type { ComponentProps } from "react";
import { useOutcome, useValues } from "@/app/_components/action-form";

/** One card of a choice among `all`: the one that was chosen before, where it is still there, or else the first. */
export function CardRadio({
  all,
  value,
  ...rest
}: Pick<ComponentProps<"input">, "id" | "className"> & {
  readonly value: string;
  readonly all: readonly string[];
}) {
  const before = useValues(useOutcome())?.card;
  const chosen = all.find((each) => each === before) ?? all[0];
  return <input type="radio" name="card" value={value} defaultChecked={chosen === value} {...rest} />;
}
