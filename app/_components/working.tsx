"use client";

import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";

/** Somebody who waits longer wants to know that nothing is lost. That there is no answer yet is all that is known. */
const LONG_MS = 6_000;
const STILL_WAITING = "Still waiting for an answer …";

/** What a button says while what it sent is on its way: what was asked for, later that there is no answer yet. */
export function useWorking(
  pending: boolean,
  working: string | undefined,
  later = STILL_WAITING,
): string | null {
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

type Props = {
  readonly pending: boolean;
  /** Null: the button keeps its own words. */
  readonly says: string | null;
  readonly children: ReactNode;
};

/** A button's words. What it says while it waits stands in the same place, so that nothing around it moves. */
export function ButtonWords({ pending, says, children }: Props) {
  return (
    <>
      {pending && <span aria-hidden="true" className="spinner" />}
      {says === null ? (
        children
      ) : (
        <span className="in-one-place">
          <span className="invisible">{children}</span>
          <span>{says}</span>
        </span>
      )}
    </>
  );
}

/** Reads out what a button says while it waits: it has the focus, but a change of its name alone is not read everywhere. */
export function ReadOut({ says }: Pick<Props, "says">) {
  return (
    <span role="status" className="sr-only">
      {says}
    </span>
  );
}

const pendingForms = new Set<string>();
const listeners = new Set<() => void>();

/** Tells buttons that stand outside their form whether it is on its way. */
export function usePendingForm(id: string | undefined, pending: boolean): void {
  useEffect(() => {
    if (id === undefined || !pending) return;
    pendingForms.add(id);
    for (const tell of listeners) tell();
    return () => {
      pendingForms.delete(id);
      for (const tell of listeners) tell();
    };
  }, [id, pending]);
}

export const useIsPending = (id: string): boolean =>
  useSyncExternalStore(
    listen,
    () => pendingForms.has(id),
    () => false,
  );

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
