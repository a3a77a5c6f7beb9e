"use client";

import type { ComponentProps, MouseEvent } from "react";
import { useFormStatus } from "react-dom";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";

/**
 * Sends the form around it once. While it is on its way the button keeps its name and the focus, which a disabled
 * one would lose, and swallows further clicks.
 */
export function SubmitButton({
  variant = "primary",
  size,
  className,
  children,
  onClick,
  ...rest
}: Omit<ComponentProps<"button">, "type"> & {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
}) {
  const { pending } = useFormStatus();
  const clicked = (event: MouseEvent<HTMLButtonElement>) => {
    if (pending) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type="submit"
      aria-busy={pending || undefined}
      aria-disabled={pending || undefined}
      onClick={clicked}
      className={buttonClass(variant, size, className)}
      {...rest}
    >
      {pending && (
        <span
          aria-hidden="true"
          className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent"
        />
      )}
      {children}
    </button>
  );
}
