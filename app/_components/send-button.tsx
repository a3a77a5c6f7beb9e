"use client";

import { useFormStatus } from "react-dom";
import { type SendButtonProps, Sending } from "./working";

/** What of `SubmitButton` runs in the browser; how it looks is decided on the server, and not loaded as a script. */
export function SendButton(props: SendButtonProps) {
  const { pending } = useFormStatus();
  return <Sending {...props} pending={pending} />;
}
