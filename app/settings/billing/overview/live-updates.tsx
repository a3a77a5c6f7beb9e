"use client";

import { useRouter } from "next/navigation";
import { type ComponentProps, useEffect, useRef, useState, useTransition } from "react";
import { whenReachable } from "@/app/_components/sending";

type Props = ComponentProps<"p"> & {
  /** Where the server tells the number of the account's last entry. */
  readonly source: string;
  /** The number of the last entry this page shows. */
  readonly seq: number;
};

/**
 * Reads the page again when the balance moved, and when somebody comes back to it; nothing is open while it is
 * hidden. What is read by itself is not announced: only pressing Refresh is.
 */
export function LiveUpdates({ source, seq, ...rest }: Props) {
  const { refresh } = useRouter();
  const [pending, startTransition] = useTransition();
  const [quiet, setQuiet] = useState(false);
  const now = useRef({ seq, pending });
  useEffect(() => {
    now.current = { seq, pending };
  });
  useEffect(() => {
    let events: EventSource | undefined;
    let asking: (() => void) | undefined;
    const read = () => {
      if (asking || now.current.pending) return;
      asking = whenReachable(() => {
        asking = undefined;
        setQuiet(true);
        startTransition(refresh);
      }, 0);
    };
    const still = () => {
      events?.close();
      asking?.();
      asking = undefined;
    };
    const follow = () => {
      still();
      if (document.hidden) return;
      events = new EventSource(source);
      events.onmessage = ({ data }) => Number(data) > now.current.seq && read();
    };
    const turn = () => {
      follow();
      if (!document.hidden) read();
    };
    const asked = () => setQuiet(false);
    follow();
    document.addEventListener("visibilitychange", turn);
    document.addEventListener("submit", asked, true);
    return () => {
      still();
      document.removeEventListener("visibilitychange", turn);
      document.removeEventListener("submit", asked, true);
    };
  }, [refresh, source]);
  return <p role="status" aria-live={quiet ? "off" : "polite"} {...rest} />;
}
