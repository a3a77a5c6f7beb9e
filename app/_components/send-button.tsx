"use client";

import type { ComponentProps, MouseEvent } from "react";
import { useFormStatus } from "react-dom";
import { ButtonWords, ReadOut, useIsPending, useWorking } from "./working";

type Props = Omit<ComponentProps<"button">, "type"> & {
  readonly className: string;
  readonly working?: string;
  readonly later?: string;
};

/** What of `SubmitButton` runs in the browser; how it looks is decided on the server, and not loaded as a script. */
export function SendButton(props: Props) {
  const { pending } = useFormStatus();
  return <Sending {...props} pending={pending} />;
}

/** The same outside of the form it names. */
export function OutsideSendButton(props: Props & { readonly form: string }) {
  return <Sending {...props} pending={useIsPending(props.form)} />;
}

/** While it is on its way the button keeps the focus, which a disabled one would lose, and swallows further clicks. */
function Sending({
  className,
  children,
  onClick,
  working,
  later,
  pending,
  ...rest
}: Props & { readonly pending: boolean }) {
  const says = useWorking(pending, working, later);
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
        className={says === null ? className : `${className} opacity-100!`}
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
