"use client";

import type { ComponentProps, MouseEvent } from "react";
import { useFormStatus } from "react-dom";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { classNames } from "./class-names";
import { ButtonWords, ReadOut, useIsPending, useWorking } from "./working";

type Props = Omit<ComponentProps<"button">, "type"> & {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  /** What it says while what it sent is on its way, for what takes seconds: no more than is known to be true. */
  readonly working?: string;
};

/** Sends the form around it once. */
export function SubmitButton(props: Props) {
  const { pending } = useFormStatus();
  return <Sending {...props} pending={pending} />;
}

/** Sends an `ActionForm` that it stands outside of, as forms cannot stand in forms. */
export function OutsideSubmitButton(props: Props & { readonly form: string }) {
  return <Sending {...props} pending={useIsPending(props.form)} />;
}

/** While it is on its way the button keeps the focus, which a disabled one would lose, and swallows further clicks. */
function Sending({
  variant = "primary",
  size,
  className,
  children,
  onClick,
  working,
  pending,
  ...rest
}: Props & { readonly pending: boolean }) {
  const says = useWorking(pending, working);
  const clicked = (event: MouseEvent<HTMLButtonElement>) => {
    if (pending) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <>
      <button
        type="submit"
        aria-busy={pending || undefined}
        aria-disabled={pending || undefined}
        onClick={clicked}
        // What it says is to be read, so it is not dimmed like one that says nothing.
        className={buttonClass(variant, size, classNames(className, says !== null && "opacity-100!"))}
        {...rest}
      >
        <ButtonWords pending={pending} says={says}>
          {children}
        </ButtonWords>
      </button>
      {working !== undefined && <ReadOut says={says} />}
    </>
  );
}
