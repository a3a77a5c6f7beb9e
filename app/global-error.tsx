"use client";

import "./globals.css";
import { ERROR_BUTTON_CLASS } from "./_components/error-button-class";

type Props = { readonly error: Error & { digest?: string } };

/** For when even the layout failed: no router, nothing shared, only a way to ask again. */
export default function GlobalError({ error }: Props) {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong</title>
        <main role="alert" className="mx-auto max-w-md px-4 py-16 text-center">
          <h1 className="mb-2 font-semibold text-xl">Something went wrong</h1>
          <p className="text-muted">The fault is on our side. Please try again in a moment.</p>
          {error.digest && (
            <p className="mt-2 text-muted text-sm">
              Reference: <code>{error.digest}</code>
            </p>
          )}
          <button type="button" onClick={() => window.location.reload()} className={ERROR_BUTTON_CLASS}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
