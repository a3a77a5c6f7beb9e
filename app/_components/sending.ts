"use client";

import { useRouter } from "next/navigation";
import { useActionState, useEffect } from "react";
import type { ActionState } from "@/lib/action-core";

type Action = (previous: ActionState, form: FormData) => Promise<ActionState>;

const LOST = "offline";
const NOT_SENT = "You are offline, so nothing was sent.";
const MAYBE_SENT = "The connection was lost, so this may have been sent. This page looks by itself.";
const LOOK_EVERY_MS = 3_000;

/** Does something once the server answers; without an answer the framework would leave the page for the browser's own error. */
export const whenReachable = (look: () => void): Promise<void> => fetch("/livez").then(look, () => {});

/**
 * `useActionState` for a form that stays as it is where the network is not there: the outcome says whether something was sent, and
 * the page looks by itself when it is back.
 */
export function useSending(action: Action) {
  const { refresh } = useRouter();
  const sending = useActionState<ActionState, FormData>(
    // What the server draws sends itself without scripts, which only the action as it is can do.
    typeof window === "undefined" ? action : (previous, form) => send(action, previous, form),
    { kind: "idle" },
  );
  const [outcome] = sending;
  useEffect(() => {
    if (outcome.kind !== "failed" || outcome.code !== LOST) return;
    const timer = setInterval(
      () =>
        whenReachable(() => {
          clearInterval(timer);
          refresh();
        }),
      LOOK_EVERY_MS,
    );
    return () => clearInterval(timer);
  }, [outcome, refresh]);
  return sending;
}

async function send(action: Action, previous: ActionState, form: FormData): Promise<ActionState> {
  const isOnline = navigator.onLine;
  try {
    if (isOnline) return await action(previous, form);
  } catch (error) {
    // Only the network's: how the framework leads to another page is an error, too.
    if (!(error instanceof TypeError)) throw error;
  }
  const values = Object.fromEntries(form) as Record<string, string>; // No form of ours sends files.
  return { kind: "failed", code: LOST, message: isOnline ? MAYBE_SENT : NOT_SENT, values };
}

/** Reads the page again at an instant after which what it shows is over: so many milliseconds from now. */
export function LookAt({ inMs }: { readonly inMs: number }) {
  const { refresh } = useRouter();
  useEffect(() => {
    if (inMs < 0 || inMs > 2e9) return; // Timers cannot wait longer than some 24 days.
    const timer = setTimeout(() => whenReachable(refresh), inMs);
    return () => clearTimeout(timer);
  }, [inMs, refresh]);
  return null;
}
