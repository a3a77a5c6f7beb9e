"use client";

import { useCallback, useSyncExternalStore } from "react";
import { type SendButtonProps, Sending } from "./working";

const PENDING = "data-pending";

/** What of `OutsideSubmitButton` runs in the browser: apart from `SendButton`, so that only pages that have one load it. */
export function OutsideSendButton(props: SendButtonProps & { readonly form: string }) {
  const { form: id } = props;
  const listen = useCallback(
    (tell: () => void) => {
      const watch = new MutationObserver(tell);
      const form = document.getElementById(id);
      if (form) watch.observe(form, { attributeFilter: [PENDING] });
      return () => watch.disconnect();
    },
    [id],
  );
  const pending = useSyncExternalStore(
    listen,
    () => document.getElementById(id)?.hasAttribute(PENDING) ?? false,
    () => false,
  );
  return <Sending {...props} pending={pending} />;
}
