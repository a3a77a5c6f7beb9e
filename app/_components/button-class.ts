import { classNames } from "./class-names";

export type ButtonVariant = "primary" | "secondary" | "danger" | "quiet";
export type ButtonSize = "medium" | "large";

/** What they look like stands in `globals.css`: a page has many buttons, and each is sent twice. */
export const buttonClass = (
  variant: ButtonVariant = "secondary",
  size: ButtonSize = "medium",
  more?: string,
): string => classNames("button", variant, size, more);
