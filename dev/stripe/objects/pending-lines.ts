import type { Work } from "../work";
import type { LineDraft } from "./invoice-lines";

/** What a subscription's next invoice will bill besides its period, the oldest first. */
export function pendingLines(work: Work, subscription: string): LineDraft[] {
  return work.store.get("pending_lines", subscription)?.lines ?? [];
}

export function addPendingLines(work: Work, subscription: string, lines: LineDraft[]): void {
  if (lines.length === 0) return;
  work.store.put("pending_lines", {
    id: subscription,
    lines: [...pendingLines(work, subscription), ...lines],
  });
}

export function takePendingLines(work: Work, subscription: string): LineDraft[] {
  const lines = pendingLines(work, subscription);
  work.store.delete("pending_lines", subscription);
  return lines;
}
