"use client";

import "./globals.css";

type Props = { readonly error: Error & { digest?: string } };

/** For what fails outside the settings' shell: no router, nothing shared, only a way to ask again. */
export default function GlobalError({ error }: Props) {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong</title>
        <main role="alert" className="error-page">
          <h1>Something went wrong</h1>
          <p>The fault is on our side. Please try again in a moment.</p>
          {error.digest && (
            <p>
              Reference: <code>{error.digest}</code>
            </p>
          )}
          <button type="button" onClick={() => window.location.reload()}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
