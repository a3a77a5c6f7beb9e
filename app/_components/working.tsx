"use client";

import { type ComponentProps, type MouseEvent, useEffect, useState } from "react";

/** Somebody who waits longer wants to know that nothing is lost. That there is no answer yet is all that is known. */
const LONG_MS = 6_000;
const STILL_WAITING = "Still waiting for an answer …";

/** What a button says while what it sent is on its way: what was asked for, later that there is no answer yet. */
function useWorking(pending: boolean, working: string | undefined, later = STILL_WAITING): string | null {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!pending) return;
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [pending]);
  if (!pending || working === undefined) return null;
  return isLong ? later : working;
}

export type SendButtonProps = Omit<ComponentProps<"button">, "type"> & {
  readonly className: string;
  readonly working?: string;
  readonly later?: string;
};

/** While it is on its way the button keeps the focus, which a disabled one would lose, and swallows further clicks. */
export function Sending({
  className,
  children,
  onClick,
  working,
  later,
  pending,
  ...rest
}: SendButtonProps & { readonly pending: boolean }) {
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
        {pending && <span aria-hidden="true" className="spinner" />}
        {says === null ? (
          children
        ) : (
          // In the same place, so that nothing around it moves.
          <span className="in-one-place">
            <span className="invisible">{children}</span>
            <span>{says}</span>
          </span>
        )}
      </button>
      {/* It has the focus, but a change of its name alone is not read everywhere. */}
      {working !== undefined && (
        <span role="status" className="sr-only">
          {says}
        </span>
      )}
    </>
  );
}
