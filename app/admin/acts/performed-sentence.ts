import type { Performed } from "@/lib/desk/acts/perform";
import { refusedSentence } from "@/lib/desk/acts/words";

/** What an act came to. A secret is in it this once. */
export function performedSentence(performed: Performed): string {
  if (performed.kind === "waiting")
    return "A second operator has to agree; nothing has happened yet. It waits for a day under Acts.";
  const { kind, secret, why } = performed.aftermath;
  switch (kind) {
    case "done":
      return secret ? `Done. This is shown once: ${secret}` : "Done.";
    case "unknown":
      return "Begun. Stripe has not said what became of it: it is asked again by itself.";
    case "refused":
      return refusedSentence(why);
    default:
      return kind satisfies never;
  }
}
