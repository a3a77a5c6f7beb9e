/** Whoever asks for the same while somebody's asking is under way shares it; nothing is kept afterwards. */
export function onceAtATime<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const asking = new Map<string, Promise<T>>();
  return (key) => {
    const running = asking.get(key);
    if (running) return running;
    const begun = ask(key).finally(() => asking.delete(key));
    asking.set(key, begun);
    return begun;
  };
}
