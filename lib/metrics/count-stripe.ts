import type { SentRequest } from "../stripe/access/http";
import { pathName } from "../stripe/patient-client";
import { boundedLabels, series } from "./series";

const operationLabel = boundedLabels(120);

/** Counts a request to Stripe, and how long it took. */
export function countStripeRequest({ method, path, status, ms }: SentRequest): void {
  const operation = operationLabel(pathName(method, path));
  series().stripeRequests.inc({ operation, status: String(status) });
  if (status !== "not_sent") series().stripeSeconds.observe({ operation }, ms / 1_000);
}
