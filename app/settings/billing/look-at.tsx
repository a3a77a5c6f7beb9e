"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { whenReachable } from "@/app/_components/sending";

/** Timers cannot wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Reads the page again at an instant after which what it shows is over: so many milliseconds from now. */
export function LookAt({ inMs }: { readonly inMs: number }) {
  const { refresh } = useRouter();
  useEffect(() => {
    if (inMs < 0 || inMs > LONGEST_MS) return;
    const timer = setTimeout(() => whenReachable(refresh), inMs);
    return () => clearTimeout(timer);
  }, [inMs, refresh]);
  return null;
}
