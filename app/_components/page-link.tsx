"use client";

import { useRouter } from "next/navigation";
import { type ComponentProps, type MouseEvent, useEffect, useState, useTransition } from "react";
import { whenReachable } from "./sending";

type Props = Omit<ComponentProps<"a">, "href" | "onClick"> & { readonly href: string };

/**
 * A link to another of our pages; `data-pending` is set while that page is on its way. Offline the page stays, for which the
 * browser's own error would come. The framework's own link weighs 3 KB more on every page, for prefetching that pages rendered
 * on demand do not use.
 */
export function PageLink({ href, ...rest }: Props) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const [lost, setLost] = useState(false);
  useEffect(() => (lost ? whenReachable(() => setLost(false), 3_000) : undefined), [lost]);
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const go = () => startTransition(() => router.push(href));
    if (navigator.onLine) go();
    else fetch("/livez").then(go, () => setLost(true)); // A browser may be wrong in believing that it is offline.
  };
  return (
    <>
      <a href={href} onClick={follow} data-pending={pending || undefined} {...rest} />
      {lost && (
        <span role="alert" className="offline">
          You are offline. This page stays as it is.
        </span>
      )}
    </>
  );
}
