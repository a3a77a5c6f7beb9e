import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Facts } from "./facts";

export type Answer = {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type Asked = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Asks for a path exactly as it is written: clients that mean well put an address in order first. */
export function askRaw(
  { url }: Facts,
  path: string,
  { method = "GET", headers, body }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request(
      { hostname, port, path, method, agent: false, headers: { ...headers } },
      (answer) => {
        text(answer).then(
          (whole) => resolve({ status: answer.statusCode, headers: answer.headers, body: whole }),
          reject,
        );
      },
    );
    sent.once("error", reject).end(body);
  });
}
