import http from "node:http";
import https from "node:https";

const limits = { keepAlive: true, maxSockets: 20 };

/** Connections to the merchant's endpoints. Redirects are not followed: to Stripe they are refusals. */
export class Sender {
  private readonly plain = new http.Agent(limits);
  private readonly secure = new https.Agent(limits);

  constructor(private readonly timeoutMs: number) {}

  /** The status of the answer, or why there is none. */
  post(url: string, headers: Record<string, string>, body: string): Promise<string> {
    const isSecure = url.startsWith("https:");
    const [client, agent] = isSecure ? [https, this.secure] : [http, this.plain];
    return new Promise((resolve) => {
      const length = { "Content-Length": Buffer.byteLength(body) };
      const request = client.request(url, { method: "POST", agent, headers: { ...headers, ...length } });
      const deadline = setTimeout(() => request.destroy(new Error("no answer in time")), this.timeoutMs);
      request.on("response", (response) => {
        response.resume();
        response.on("close", () => {
          clearTimeout(deadline);
          resolve(response.complete ? String(response.statusCode) : "the answer broke off");
        });
      });
      request.on("error", (error) => {
        clearTimeout(deadline);
        resolve(error.message);
      });
      request.end(body);
    });
  }

  stop(): void {
    this.plain.destroy();
    this.secure.destroy();
  }
}
