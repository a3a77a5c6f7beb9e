import http from "node:http";
import type { AddressInfo } from "node:net";

export type Heard = { readonly body: string; readonly signature: string };

/** Where alarms go: hears them, and answers 204, or as it is told. */
export async function withAlarms(
  play: (
    target: { readonly url: string; readonly secret: string },
    heard: readonly Heard[],
    answers: (status: number) => void,
  ) => Promise<void>,
): Promise<void> {
  const heard: Heard[] = [];
  let answer = 204;
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const signature = String(request.headers["refill-signature"]);
    heard.push({ body: Buffer.concat(chunks).toString(), signature });
    response.writeHead(answer).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const target = {
    url: `http://127.0.0.1:${port}/alarm`,
    secret: "a secret that is long enough for this",
  };
  try {
    await play(target, heard, (status) => {
      answer = status;
    });
  } finally {
    server.close();
  }
}
