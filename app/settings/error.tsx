"use client";

type Props = { readonly error: Error & { digest?: string }; readonly retry: () => void };

/** What is left of a page that could not be made: a sentence, a reference for support, and another try. */
export default function SettingsError({ error, retry }: Props) {
  return (
    <div role="alert" className="error-page">
      <title>This page could not be shown</title>
      <h1>This page could not be shown</h1>
      <p>Something went wrong on our side. Please try again in a moment.</p>
      {error.digest && (
        <p>
          Reference: <code>{error.digest}</code>
        </p>
      )}
      <button type="button" onClick={() => retry()}>
        Try again
      </button>
    </div>
  );
}
