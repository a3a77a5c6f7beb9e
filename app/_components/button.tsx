import type { ComponentProps } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { PageLink } from "./page-link";

type Look = { readonly variant?: ButtonVariant; readonly size?: ButtonSize };

/** A button that is not waiting for anything; for sending a form there is `SubmitButton`. */
export function Button({
  variant,
  size,
  className,
  type = "button",
  ...rest
}: ComponentProps<"button"> & Look) {
  return <button type={type} className={buttonClass(variant, size, className)} {...rest} />;
}

/** A link that looks like a button. */
export function LinkButton({ variant, size, className, ...rest }: ComponentProps<typeof PageLink> & Look) {
  return <PageLink className={buttonClass(variant, size, className)} {...rest} />;
}
