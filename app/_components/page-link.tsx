"use client";

import { useRouter } from "next/navigation";
import { type ComponentProps, type MouseEvent, useTransition } from "react";

type Props = Omit<ComponentProps<"a">, "href" | "onClick"> & { readonly href: string };

/**
 * A link to another of our pages; `data-pending` is set while that page is on its way. The framework's own link
 * weighs 3 KB more on every page, for prefetching that pages rendered on demand do not use.
 */
export function PageLink({ href, ...rest }: Props) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    startTransition(() => router.push(href));
  };
  return <a href={href} onClick={follow} data-pending={pending || undefined} {...rest} />;
}
