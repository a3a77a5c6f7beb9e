"use client";

import { ERROR_BUTTON_CLASS } from "./error-button-class";

export type ErrorProps = { readonly error: Error & { digest?: string }; readonly retry: () => void };

/** What is left of a page that could not be made: a sentence, a reference for support, and another try. */
export function ErrorMessage({ error, retry }: ErrorProps) {
  return (
    <div role="alert" className="mx-auto max-w-md px-4 py-16 text-center">
      <h1 className="mb-2 font-semibold text-xl">This page could not be shown</h1>
      <p className="text-muted">Something went wrong on our side. Please try again in a moment.</p>
      {error.digest && (
        <p className="mt-2 text-muted text-sm">
          Reference: <code>{error.digest}</code>
        </p>
      )}
      <button type="button" onClick={() => retry()} className={ERROR_BUTTON_CLASS}>
        Try again
      </button>
    </div>
  );
}
