import type { ComponentProps } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { PageLink } from "./page-link";

type Look = { readonly variant?: ButtonVariant; readonly size?: ButtonSize };

/** A link that looks like a button. */
export function LinkButton({ variant, size, className, ...rest }: ComponentProps<typeof PageLink> & Look) {
  return <PageLink className={buttonClass(variant, size, className)} {...rest} />;
}
