import type { Active } from "./load";

/** What a process remembers of the accounts it committed last. */
export type Memory = {
  recall(accountId: string): Active | null;
  remember(accountId: string, active: Active | null): void;
  /** They were not as remembered: another process is busy with them. */
  forget(accountIds: readonly string[]): void;
};

const MAX_REMEMBERED = 100_000;
/** So many times an account that another process changed is read instead of recalled. */
const READS_AFTER_CHANGE = 16;

/** What this process knows of the accounts it committed last. Never more than a guess: the database compares. */
export function createMemory(): Memory {
  const active = new Map<string, Active>();
  const shared = new Map<string, number>();
  return {
    recall: (accountId) => active.get(accountId) ?? null,
    remember(accountId, now) {
      const reads = shared.get(accountId) ?? 0;
      if (reads > 1) shared.set(accountId, reads - 1);
      else shared.delete(accountId);
      if (!now || reads > 1) {
        active.delete(accountId);
        return;
      }
      active.set(accountId, now);
      const [oldest] = active.keys();
      if (active.size > MAX_REMEMBERED && oldest) active.delete(oldest);
    },
    forget(accountIds) {
      for (const accountId of accountIds) {
        active.delete(accountId);
        if (shared.size < MAX_REMEMBERED) shared.set(accountId, READS_AFTER_CHANGE);
      }
    },
  };
}
