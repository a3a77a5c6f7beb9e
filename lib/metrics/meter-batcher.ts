import { type Batcher, Overloaded } from "../ledger/batcher";
import { inSpan } from "../trace";
import { series } from "./series";

/** The same batcher, whose commands are counted by what came of them, timed, and spans of a trace. */
export function meterBatcher(inner: Batcher): Batcher {
  const { spends, spendSeconds, spendsWaiting } = series();
  return {
    close: () => inner.close(),
    async submit(accountId, keyed) {
      const command = keyed.command.kind;
      const began = performance.now();
      spendsWaiting.inc();
      try {
        const outcome = await inSpan(`ledger ${command}`, { "refill.command": command }, () =>
          inner.submit(accountId, keyed),
        );
        spends.inc({
          command,
          outcome: outcome.kind === "refused" ? outcome.refusal.code : outcome.kind,
        });
        return outcome;
      } catch (error) {
        spends.inc({ command, outcome: error instanceof Overloaded ? "overloaded" : "unknown" });
        throw error;
      } finally {
        spendsWaiting.dec();
        spendSeconds.observe((performance.now() - began) / 1_000);
      }
    },
  };
}
