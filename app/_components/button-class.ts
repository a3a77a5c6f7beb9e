import { classNames } from "./class-names";

export type ButtonVariant = "primary" | "secondary" | "danger" | "quiet";
export type ButtonSize = "medium" | "large";

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-primary text-on-primary hover:bg-primary-strong",
  secondary: "border-line bg-panel text-ink hover:bg-sunken",
  danger: "border-danger-line bg-panel text-danger hover:bg-danger-soft",
  quiet: "border-transparent bg-transparent text-ink hover:bg-sunken",
};

const SIZES: Record<ButtonSize, string> = {
  medium: "min-h-9 px-3.5 py-1.5 text-sm",
  large: "min-h-11 px-5 py-2 text-[0.9375rem]",
};

export const buttonClass = (
  variant: ButtonVariant = "secondary",
  size: ButtonSize = "medium",
  more?: string,
): string =>
  classNames(
    "inline-flex items-center justify-center gap-2 rounded-control border font-medium no-underline transition-colors",
    "disabled:opacity-60 aria-disabled:cursor-default aria-disabled:opacity-60",
    VARIANTS[variant],
    SIZES[size],
    more,
  );
