import { deps } from "./deps";
import { isDraining, onDraining } from "./draining";
import { type BalanceWatch, watchBalances } from "./ledger/watch-balances";

const LOOK_EVERY_MS = 1_000;
/** Told again so often: keeps connections open, and reaches a page that was busy when it was told first. */
const REPEAT_MS = 5_000;
/** Then the browser connects again, and is asked again who it is. */
const LIFETIME_MS = 55_000;
const RECONNECT_AFTER_MS = 1_000;
const MAX_PER_USER = 6;

type Live = {
  readonly watch: BalanceWatch;
  /** How to end each open stream. */
  readonly open: Set<() => void>;
  readonly perUser: Map<string, number>;
};

// Development reloads modules; streams that are open must stay known.
const kept = globalThis as typeof globalThis & { refillLive?: Live };

function live(): Live {
  kept.refillLive ??= start();
  return kept.refillLive;
}

function start(): Live {
  const { db, log } = deps();
  const onTrouble = (error: unknown) => log.warn({ err: error }, "balances could not be watched");
  const open = new Set<() => void>();
  const endAll = () => {
    for (const end of open) end();
  };
  onDraining(endAll);
  return { watch: watchBalances(db, { everyMs: LOOK_EVERY_MS, onTrouble }), open, perUser: new Map() };
}

type Viewer = { readonly userId: string; readonly accountId: string };

/**
 * Server-sent events: the number of the account's last entry, at the beginning and whenever it changed, for less
 * than a minute. Null when this person has too many streams open.
 */
export function streamBalance({ userId, accountId }: Viewer): ReadableStream<Uint8Array> | null {
  const { watch, open, perUser } = live();
  const already = perUser.get(userId) ?? 0;
  if (already >= MAX_PER_USER) return null;
  perUser.set(userId, already + 1);
  let leave = () => {};
  return new ReadableStream({
    start(controller) {
      const encoder = new TextEncoder();
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      let lastSeq: bigint | null = null;
      const tell = () => send(lastSeq === null ? ":\n\n" : `data: ${lastSeq}\n\n`);
      const stopWatching = watch.watch(accountId, (seq) => {
        lastSeq = seq;
        tell();
      });
      const repeating = setInterval(tell, REPEAT_MS);
      const end = () => {
        leave();
        controller.close();
      };
      const ending = setTimeout(end, LIFETIME_MS);
      open.add(end);
      leave = () => {
        stopWatching();
        clearInterval(repeating);
        clearTimeout(ending);
        open.delete(end);
        forget(perUser, userId);
      };
      send(`retry: ${RECONNECT_AFTER_MS}\n\n`);
      if (isDraining()) end(); // Another process will take the next one.
    },
    cancel: () => leave(),
  });
}

function forget(perUser: Map<string, number>, userId: string): void {
  const left = (perUser.get(userId) ?? 1) - 1;
  if (left > 0) perUser.set(userId, left);
  else perUser.delete(userId);
}
