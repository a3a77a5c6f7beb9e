import type { ReactNode } from "react";

/** A name of the API inside a sentence. */
export const Code = ({ children }: { readonly children: ReactNode }) => (
  <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
    {children}
  </code>
);

/** Text to copy. It wraps, so that nobody has to scroll sideways for it. */
export function Sample({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <figure className="mt-4 min-w-0">
      <figcaption className="mb-1.5 text-muted text-sm">{label}</figcaption>
      <pre className="whitespace-pre-wrap rounded-control border border-line bg-sunken p-3.5 font-mono text-[0.8125rem] leading-5 [overflow-wrap:anywhere]">
        {text}
      </pre>
    </figure>
  );
}

/** A sentence in which what stands between backticks is code. */
export function Prose({ text }: { readonly text: string }) {
  const parts = text.split("`");
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a fixed text never move
  return parts.map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part));
}
