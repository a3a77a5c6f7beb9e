import Link from "next/link";
import type { ComponentProps } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";

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

/** A link that looks like a button. Every page is rendered on demand, so nothing is fetched ahead. */
export function LinkButton({
  variant,
  size,
  className,
  prefetch = false,
  ...rest
}: ComponentProps<typeof Link> & Look) {
  return <Link prefetch={prefetch} className={buttonClass(variant, size, className)} {...rest} />;
}
