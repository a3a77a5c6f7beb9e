"use client";

import { type ComponentProps, useEffect, useRef } from "react";

/** Whether this document has shown a page before: the first one is read from its top. */
let hasShownOne = false;

/**
 * The one `h1` of a page. Where what had the focus went with the page before, the focus comes here, so that nobody is left at
 * the top of the document; a link that is still there keeps it. With another `key` it is another page's.
 */
export function PageHeading(props: ComponentProps<"h1">) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasShownOne && document.activeElement === document.body) heading.current?.focus();
    hasShownOne = true;
  }, []);
  return <h1 ref={heading} tabIndex={-1} {...props} />;
}
