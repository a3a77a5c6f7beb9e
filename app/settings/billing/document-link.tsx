import type { ReactNode } from "react";

type Props = {
  /** One of our own addresses, which leads on to Stripe. */
  readonly href: string;
  /** Of what it is, for who does not see where it stands. */
  readonly of?: string;
  readonly className?: string;
  readonly children: ReactNode;
};

/** Opens a document in a new tab. No link of the framework's: that would ask Stripe for it before anybody does. */
export function DocumentLink({ href, of, className, children }: Props) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className={className}>
      {children}
      <span className="sr-only">{of && ` of ${of}`}, opens in a new tab</span>
    </a>
  );
}
