"use client";

import { useSyncExternalStore } from "react";
import { listeners, pendingForms, type SendButtonProps, Sending } from "./working";

/** What of `OutsideSubmitButton` runs in the browser: apart from `SendButton`, so that only pages that have one load it. */
export function OutsideSendButton(props: SendButtonProps & { readonly form: string }) {
  const pending = useSyncExternalStore(
    listen,
    () => pendingForms.has(props.form),
    () => false,
  );
  return <Sending {...props} pending={pending} />;
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
