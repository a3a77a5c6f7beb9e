import type { SetupReport } from "./setup";
import type { EndpointReport, EndpointSetup } from "./setup-endpoint";

/** What `npm run stripe:setup` prints at its end. */
export function describeSetup({ changes, applied, endpoint }: SetupReport): string {
  return [...describeOutcome(changes, applied), "", ...describeEndpoint(endpoint)].join("\n");
}

function describeOutcome(changes: readonly string[], applied: boolean): readonly string[] {
  if (changes.length === 0) return ["Nothing to change."];
  return applied ? describeChanges("Changed", changes) : ["Nothing was changed."];
}

/** What would be or was changed, a line each. */
export const describeChanges = (heading: string, changes: readonly string[]): readonly string[] => [
  `${heading}:`,
  ...changes.map((each) => `  ${each}`),
];

/** What `npm run stripe:setup -- --webhook` prints: the secret, once, for whoever typed the command. */
export function describeEndpointSetup({ changes, secret, endpoint }: EndpointSetup, dryRun: boolean): string {
  const done =
    changes.length > 0 ? [dryRun ? "Would change:" : "Changed:", ...changes.map((each) => `  ${each}`)] : [];
  const told = secret
    ? [
        "",
        "Its signing secret, which Stripe will not show again here. Put it into the environment of every process:",
        `  STRIPE_WEBHOOK_SECRET=${secret}`,
        "While another endpoint still delivers, keep that one's secret behind it, with a comma between, and delete the",
        "other endpoint in Stripe's dashboard when every process has both.",
      ]
    : [];
  const isDone = secret !== null || (dryRun && endpoint.found === "missing");
  return [...done, ...told, ...(isDone ? [] : describeEndpoint(endpoint))].join("\n");
}

function describeEndpoint({ url, apiVersion, events, found, differences }: EndpointReport): string[] {
  const needed = [`  URL          ${url}`, `  API version  ${apiVersion}`, "  events"];
  const list = events.map((each) => `    ${each}`);
  switch (found) {
    case "as_needed":
      return [`The webhook endpoint ${url} is there and as it should be.`];
    case "differs":
      return [
        "The webhook endpoint is there, but not as it should be:",
        ...differences.map((each) => `  ${each}`),
        "It needs:",
        ...needed,
        ...list,
      ];
    case "missing":
      return [
        "There is no webhook endpoint: `npm run stripe:setup -- --webhook` makes it and prints its secret. It needs:",
        ...needed,
        ...list,
      ];
    default:
      return [
        "This key may not read webhook endpoints. See to it that there is this one, and that its signing secret is in " +
          "STRIPE_WEBHOOK_SECRET:",
        ...needed,
        ...list,
      ];
  }
}
