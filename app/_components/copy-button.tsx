"use client";

import { useState } from "react";

type Props = {
  readonly text: string;
  /** What it is, for who does not see where it stands: `order reference`. */
  readonly of: string;
};

/** Copies a text that stands beside it. Without scripts it is not there: the text can be selected. */
export function CopyButton({ text, of }: Props) {
  const [says, setSays] = useState("Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text); // Not there where the address is http.
      setSays("Copied");
    } catch {
      setSays("Select it and copy");
    }
  };
  return (
    <button type="button" onClick={copy} onBlur={() => setSays("Copy")} className="copy-button">
      <span aria-live="polite">{says}</span>
      <span className="sr-only"> {of}</span>
    </button>
  );
}
