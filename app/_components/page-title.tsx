import type { ReactNode } from "react";

export function PageTitle({ children }: { readonly children: ReactNode }) {
  return <h1 className="mb-5 font-semibold text-2xl tracking-tight">{children}</h1>;
}
