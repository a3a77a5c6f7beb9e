import { WEBHOOK_EVENTS } from "../stripe/webhook";
import { series } from "./series";

/** What the HTTP API asks of the ledger. */
const COMMANDS = ["spend", "hold", "capture", "release"] as const;

/**
 * Tells what alerts wait for as 0 until it happens: a series that appears with 1 has not increased. Asked before each scrape; what
 * was counted stays.
 */
export function beginAtZero(): void {
  const { webhooks, spends } = series();
  for (const type of [...WEBHOOK_EVENTS, "none", "other"]) webhooks.inc({ type, outcome: "not_stored" }, 0);
  for (const command of COMMANDS)
    for (const outcome of ["overloaded", "unknown"]) spends.inc({ command, outcome }, 0);
}
