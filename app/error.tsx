"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { buttonClass } from "./_components/button-class";

type Props = { readonly error: Error & { digest?: string }; readonly reset: () => void };

export default function ErrorPage({ error, reset }: Props) {
  const router = useRouter();
  const again = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return (
    <div role="alert" className="mx-auto max-w-md px-4 py-16 text-center">
      <h1 className="mb-2 font-semibold text-xl">This page could not be shown</h1>
      <p className="text-muted">
        Something went wrong on our side. Nothing you own was changed by it. Please try again in a moment.
      </p>
      {error.digest && (
        <p className="mt-2 text-muted text-sm">
          Reference: <code>{error.digest}</code>
        </p>
      )}
      <button type="button" onClick={again} className={buttonClass("primary", "large", "mt-6")}>
        Try again
      </button>
    </div>
  );
}
