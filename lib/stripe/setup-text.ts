import type { SetupReport } from "./setup";
import type { EndpointReport } from "./setup-endpoint";

/** What `npm run stripe:setup` prints. */
export function describeSetup({ changes, endpoint }: SetupReport, dryRun: boolean): string {
  const done = dryRun ? "Would change" : "Changed";
  const catalog =
    changes.length > 0 ? [`${done}:`, ...changes.map((each) => `  ${each}`)] : ["Nothing to change."];
  return [...catalog, "", ...describeEndpoint(endpoint)].join("\n");
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
        "Add a webhook endpoint and put its signing secret into STRIPE_WEBHOOK_SECRET:",
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
