import type { ReactNode } from "react";
import { env } from "@/lib/env";
import { Logo } from "../_components/logo";

/** The card in the middle of the page in which somebody signs in, step by step. */
export function SignInFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center px-4 py-10">
      <p className="mb-6 flex items-center justify-center gap-2.5 font-semibold text-lg">
        <Logo size={24} />
        {env().PRODUCT_NAME}
      </p>
      <div className="rounded-panel border border-line bg-panel p-6 sm:p-8">
        <h1 className="mb-6 font-semibold text-xl tracking-tight">{title}</h1>
        {children}
      </div>
    </main>
  );
}
