"use client";

import { type ComponentProps, createContext, useActionState, useContext, useEffect, useRef } from "react";
import type { ActionState } from "@/lib/action-core";
import { Notice } from "./notice";

const IDLE: ActionState = { kind: "idle" };
const Outcome = createContext<ActionState>(IDLE);

/** What the form around this came to; fields read their error and what was typed from it. */
export const useOutcome = (): ActionState => useContext(Outcome);

type Props = Omit<ComponentProps<"form">, "action"> & {
  readonly action: (previous: ActionState, form: FormData) => Promise<ActionState>;
};

/**
 * A form whose outcome stands above its fields and takes the focus. Works without JavaScript too: the page comes
 * back with the outcome in it.
 */
export function ActionForm({ action, children, ...rest }: Props) {
  const [outcome, send] = useActionState(action, IDLE);
  const message = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome.kind !== "idle") message.current?.focus();
  }, [outcome]);
  const text = outcome.kind === "idle" ? undefined : outcome.message;
  return (
    <Outcome value={outcome}>
      <form action={send} noValidate {...rest}>
        {text && (
          <Notice
            ref={message}
            tone={outcome.kind === "done" ? "success" : "danger"}
            announce
            tabIndex={-1}
            // Without JavaScript the answer is a new page, and this is its news.
            autoFocus
            className="mb-4"
          >
            {text}
          </Notice>
        )}
        {children}
      </form>
    </Outcome>
  );
}
