import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { databaseIsAway } from "../db/pool";

/** Names a request to who is told that it failed; whatever a client puts there is written over. */
const HEADER = "x-refill-request";
const RETRY_AFTER_S = "5";

// Kept for the process: the framework loads this module once for what runs before its pages, and again for them.
// Requests that are being answered, and whether each failed; one whose client has gone is not in it any more.
const kept = globalThis as typeof globalThis & { refillUnavailable?: Map<string, boolean> };
const watched = (): Map<string, boolean> => {
  kept.refillUnavailable ??= new Map();
  return kept.refillUnavailable;
};

/** To be called with everything that was thrown as far as the framework, and the headers of the request it failed. */
export function noteFailure(error: unknown, headers: NodeJS.Dict<string | string[]>): void {
  const id = headers[HEADER];
  if (typeof id === "string" && watched().has(id) && databaseIsAway(error)) watched().set(id, true);
}

type Write = (...given: unknown[]) => unknown;

/**
 * Makes the framework's 500 a 503 in words where the database could not be reached: its own answer to a page that fails is
 * a document that only scripts fill, and tells nobody to come again. Call for every request before the framework sees it.
 */
export function explainOutages(request: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID();
  (request.headers as IncomingHttpHeaders)[HEADER] = id;
  watched().set(id, false);
  response.once("close", () => watched().delete(id));
  const [writeHead, write, end] = [response.writeHead, response.write, response.end] as Write[];
  let explained = false;
  const explain = () => {
    explained = true;
    for (const name of ["Content-Encoding", "Content-Length", "Transfer-Encoding", "ETag", "Vary", "Link"])
      response.removeHeader(name);
    const page = Buffer.from(PAGE);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Length", page.length);
    response.setHeader("Retry-After", RETRY_AFTER_S);
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Security-Policy", POLICY);
    writeHead?.call(response, 503);
    end?.call(response, page);
    return response;
  };
  const isOutage = (status: number) => !response.headersSent && status === 500 && watched().get(id) === true;
  /** Says it in words instead of what the framework sends; after that, what it goes on to send is not wanted. */
  const unlessExplained =
    (forward: Write | undefined, statusOf: (given: readonly unknown[]) => number) =>
    (...given: unknown[]) => {
      if (!explained && isOutage(statusOf(given))) explain();
      return explained ? response : forward?.apply(response, given);
    };
  response.writeHead = unlessExplained(writeHead, ([status]) => Number(status)) as typeof response.writeHead;
  response.write = unlessExplained(write, () => response.statusCode) as typeof response.write;
  response.end = unlessExplained(end, () => response.statusCode) as typeof response.end;
}

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not available at the moment</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 4rem auto; padding: 0 1rem; text-align: center }
h1 { font-size: 1.25rem }
a { display: inline-block; padding: .75rem 1.25rem; color: inherit }
</style>
</head>
<body>
<main role="alert">
<h1>Not available at the moment</h1>
<p>We cannot reach our database. Please try again in a moment. If you had just sent something, look first whether it arrived.</p>
<p><a href="">Try again</a></p>
</main>
</body>
</html>
`;
