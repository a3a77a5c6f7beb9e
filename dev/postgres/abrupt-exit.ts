const actions = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs the synchronous action if this process ends before the returned function is called. */
export function onAbruptExit(action: () => void): () => void {
  if (actions.size === 0) {
    process.on("exit", runAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  actions.add(action);
  return () => {
    if (actions.delete(action) && actions.size === 0) unsubscribe();
  };
}

function unsubscribe(): void {
  process.off("exit", runAll);
  for (const signal of signals) process.off(signal, onSignal);
}

/** Whoever else listens decides whether the process ends; alone, we end it as if nobody listened. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runAll();
  process.kill(process.pid, signal);
}

function runAll(): void {
  for (const action of actions) action();
  actions.clear();
  unsubscribe();
}
