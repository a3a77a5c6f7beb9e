"use client";

import { useRouter } from "next/navigation";
import { startTransition, useActionState, useEffect, useState } from "react";
import type { ActionState } from "@/lib/action-core";

type Action = (previous: ActionState, form: FormData) => Promise<ActionState>;

const LOST = "offline";
const NOT_SENT = "You are offline, so nothing was sent.";
const MAYBE_SENT = "The connection was lost, so this may have been sent. This page looks by itself.";
const LOOKED = "We looked: what is below is how it stands now. You can try again.";
const LOOK_EVERY_MS = 3_000;

/**
 * Does something so many milliseconds from now, or as soon after as the server answers; without an answer the framework would leave
 * the page for the browser's own error. Asks again while an answer is out, which may never come. Gives what stops it.
 */
export function whenReachable(look: () => void, inMs: number): () => void {
  let isOver = false;
  const ask = () => {
    if (isOver) return;
    setTimeout(ask, LOOK_EVERY_MS);
    fetch("/livez").then(
      () => {
        if (!isOver) look();
        isOver = true;
      },
      () => {},
    );
  };
  const timer = setTimeout(ask, inMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/**
 * `useActionState` for a form that stays as it is where the network is not there: the sentence, which comes last, says whether
 * something was sent; the page looks by itself when the network is back, and then it says that.
 */
export function useSending(action: Action) {
  const { refresh } = useRouter();
  const [outcome, dispatch, pending] = useActionState<ActionState, FormData>(
    // What the server draws sends itself without scripts, which only the action as it is can do.
    typeof window === "undefined" ? action : (previous, form) => send(action, previous, form),
    { kind: "idle" },
  );
  const [looked, setLooked] = useState<ActionState>();
  useEffect(() => {
    if (outcome.kind !== "failed" || outcome.code !== LOST) return;
    const look = () =>
      // Both in one: the sentence comes with what was read.
      startTransition(() => {
        refresh();
        setLooked(outcome);
      });
    return whenReachable(look, LOOK_EVERY_MS);
  }, [outcome, refresh]);
  const sentence = outcome === looked ? LOOKED : outcome.message;
  return [outcome, dispatch, pending, sentence] as const;
}

async function send(action: Action, previous: ActionState, form: FormData): Promise<ActionState> {
  let sent: unknown;
  try {
    // Some adapters make a browser believe that it is offline: what changes nothing finds out.
    sent = navigator.onLine || (await fetch("/livez"));
    return await action(previous, form);
  } catch (error) {
    // Only the network's: how the framework leads to another page is an error, too.
    if (!(error instanceof TypeError)) throw error;
  }
  const values = Object.fromEntries(form) as Record<string, string>; // No form of ours sends files.
  return { kind: "failed", code: LOST, message: sent ? MAYBE_SENT : NOT_SENT, values };
}

/** Reads the page again at an instant after which what it shows is over: so many milliseconds from now. */
export function LookAt({ inMs }: { readonly inMs: number }) {
  const { refresh } = useRouter();
  useEffect(() => {
    // Timers cannot wait longer than some 24 days: then the page is read early, and names what is left.
    return inMs < 0 ? undefined : whenReachable(refresh, Math.min(inMs, 2e9));
  }, [inMs, refresh]);
  return null;
}
