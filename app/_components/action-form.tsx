"use client";

import { usePathname } from "next/navigation";
import {
  type ComponentProps,
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import type { ActionState } from "@/lib/action-core";
import { Notice } from "./notice";
import { useSending } from "./sending";

type Values = Readonly<Record<string, string>>;

const IDLE: ActionState = { kind: "idle" };
const Outcome = createContext<ActionState>(IDLE);
const Kept = createContext<Values | undefined>(undefined);

type KeptProps = { readonly values: Values; readonly notice: ReactNode; readonly children: ReactNode };

/**
 * Gives the forms in it what was entered into the same page of an earlier version, which could not be sent, and says so until
 * something is sent or another page comes.
 */
export function KeptValues({ values, notice, children }: KeptProps) {
  const path = usePathname();
  const [loadedAt] = useState(path);
  const [sentAgain, setSentAgain] = useState(false);
  const here = path === loadedAt;
  return (
    <Kept value={here ? values : undefined}>
      <div className="contents" onSubmit={() => setSentAgain(true)}>
        {here && !sentAgain && notice}
        {children}
      </div>
    </Kept>
  );
}

/** What a form shows again: of what came back refused, or of what an earlier version could not send. */
export function useValues(outcome: ActionState): Values | undefined {
  const kept = useContext(Kept);
  return outcome.kind === "invalid" || outcome.kind === "failed" ? outcome.values : kept;
}

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
  const [outcome, send, pending, text] = useSending(action);
  const message = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome.kind !== "idle") message.current?.focus();
  }, [outcome]);
  return (
    <Outcome value={outcome}>
      <form action={send} noValidate data-pending={pending || undefined} {...rest}>
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
