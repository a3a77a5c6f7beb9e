import Stripe from "stripe";
import { BY_OPERATOR } from "./proxy";

/** Stripe's API through the proxy, as the dashboard would use it. */
export function operatorClient(proxyUrl: string, secretKey: string): Stripe {
  const { hostname: host, port } = new URL(proxyUrl);
  const httpClient = Stripe.createNodeHttpClient();
  const send = httpClient.makeRequest.bind(httpClient);
  httpClient.makeRequest = (...request: Parameters<typeof send>) => {
    const [to, at, path, method, headers, ...others] = request;
    return send(to, at, path, method, { ...headers, [BY_OPERATOR]: "yes" }, ...others);
  };
  return new Stripe(secretKey, { host, port, protocol: "http", telemetry: false, httpClient });
}
