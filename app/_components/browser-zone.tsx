"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

type Props = {
  readonly cookie: string;
  /** What this browser had said before the page was made. */
  readonly known: string | null;
  /** Whether the page is made anew where that is not its time zone. */
  readonly isFollowed: boolean;
};

/** What of `TellTimeZone` runs in the browser. */
export function BrowserZone({ cookie, known, isFollowed }: Props) {
  const { refresh } = useRouter();
  useEffect(() => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    if (!timeZone || timeZone === known) return;
    const secure = location.protocol === "https:" ? ";Secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store's interface is not in every browser yet.
    document.cookie = `${cookie}=${encodeURIComponent(timeZone)};Path=/;Max-Age=31536000;SameSite=Lax${secure}`;
    if (isFollowed) refresh();
  }, [cookie, known, isFollowed, refresh]);
  return null;
}
