import { buttonClass } from "./button-class";
import { OutsideSendButton } from "./outside-send-button";
import type { SubmitButtonProps } from "./submit-button";

/** Sends an `ActionForm` that it stands outside of, as forms cannot stand in forms. */
export const OutsideSubmitButton = ({
  variant = "primary",
  size,
  className,
  ...rest
}: SubmitButtonProps & { readonly form: string }) => (
  <OutsideSendButton className={buttonClass(variant, size, className)} {...rest} />
);
