/** Says for so long that work may go on, unless `signal` says that the process is to stop. Asked between its steps. */
export function goOnFor(ms: number, signal?: AbortSignal): () => boolean {
  const until = performance.now() + ms;
  return () => performance.now() < until && !signal?.aborted;
}
