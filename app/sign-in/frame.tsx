import type { ReactNode } from "react";
import { env } from "@/lib/env";
import { Logo } from "../_components/logo";
import { PageHeading } from "../_components/page-heading";
import { TellTimeZone } from "../_components/tell-time-zone";
import { Title } from "../_components/title";

/** The card in the middle of the page in which somebody signs in, step by step. */
export function SignInFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center px-4 py-10">
      <Title>{title}</Title>
      <p className="mb-6 flex items-center justify-center gap-2.5 font-semibold text-lg">
        <Logo size={24} />
        {env().PRODUCT_NAME}
      </p>
      <div className="rounded-panel border border-line bg-panel p-6 sm:p-8">
        <PageHeading className="mb-6 w-fit font-semibold text-xl tracking-tight">{title}</PageHeading>
        {children}
      </div>
      <TellTimeZone isFollowed={false} />
    </main>
  );
}
