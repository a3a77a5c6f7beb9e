"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";
import { whenReachable } from "@/app/_components/sending";

type Props = {
  /** Changes whenever there is something new to say. */
  readonly state: string;
  /** Nothing is left to do but wait: the page looks for news by itself. */
  readonly waiting: boolean;
  readonly children: ReactNode;
};

const FIRST_LOOK_MS = 2_000;
const SLOWEST_LOOK_MS = 15_000;

/** Says where a payment is, aloud when that changes, and keeps looking while it is with the bank. */
export function Headline({ state, waiting, children }: Props) {
  const router = useRouter();
  const region = useRef<HTMLDivElement>(null);
  const shown = useRef(state);

  useEffect(() => {
    // The button that led here is gone, and the focus with it.
    if (shown.current !== state && document.activeElement === document.body) region.current?.focus();
    shown.current = state;
  }, [state]);

  useEffect(() => {
    if (!waiting) return;
    let delay = FIRST_LOOK_MS;
    let timer: ReturnType<typeof setTimeout>;
    let stop = () => {};
    const look = () => {
      stop();
      if (!document.hidden) stop = whenReachable(router.refresh, 0);
      delay = Math.min(delay * 1.3, SLOWEST_LOOK_MS);
      timer = setTimeout(look, delay);
    };
    timer = setTimeout(look, delay);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [waiting, router]);

  return (
    <div ref={region} role="status" tabIndex={-1}>
      {children}
    </div>
  );
}
