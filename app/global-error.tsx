"use client";

import "./globals.css";
import ErrorPage from "./error";

type Props = { readonly error: Error & { digest?: string }; readonly reset: () => void };

/** For when even the layout failed. */
export default function GlobalError(props: Props) {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong</title>
        <main>
          <ErrorPage {...props} />
        </main>
      </body>
    </html>
  );
}
