import { createServer, type Server } from "node:http";
import type { Logger } from "../log";
import { answerScrape } from "./answer";
import type { Measured } from "./render";

export type MetricsPort = { readonly port: number; readonly host: string; readonly token: string | null };

/**
 * Serves `/metrics` on a port of its own, for a process that has no other: the worker. It keeps no process alive. Where the
 * port cannot be had that is an error in the log, and the worker works all the same.
 */
export function serveMetrics(
  measured: Measured & { readonly log: Logger },
  { port, host, token }: MetricsPort,
): Server {
  const { log } = measured;
  const server = createServer((request, response) => {
    const [path] = (request.url ?? "").split("?");
    if (path !== "/metrics") return void response.writeHead(404).end();
    if (request.method !== "GET" && request.method !== "HEAD")
      return void response.writeHead(405, { allow: "GET, HEAD" }).end();
    answerScrape(measured, request.headers.authorization, token).then(
      ({ status, headers, text }) => response.writeHead(status, headers).end(text),
      (error: unknown) => {
        log.error({ err: error }, "metrics could not be told");
        response.writeHead(500).end();
      },
    );
  });
  server.requestTimeout = 10_000;
  server.on("error", (error) => log.error({ err: error, port, host }, "metrics are not served"));
  server.listen(port, host, () => log.info({ port, host }, "metrics are served"));
  return server.unref();
}
