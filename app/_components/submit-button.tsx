import type { ComponentProps } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { SendButton } from "./send-button";

export type SubmitButtonProps = Omit<ComponentProps<"button">, "type"> & {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  /** What it says while what it sent is on its way, for what takes seconds: no more than is known to be true. */
  readonly working?: string;
  /** The same once that takes long; left out, that there is no answer yet. */
  readonly later?: string;
};

/** Sends the form around it once. */
export const SubmitButton = ({ variant = "primary", size, className, ...rest }: SubmitButtonProps) => (
  <SendButton className={buttonClass(variant, size, className)} {...rest} />
);
