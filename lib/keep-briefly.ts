/**
 * Asks `make` at most once at a time, and not again until `ms` after its answer: who asks meanwhile gets the same. For what
 * costs something and anybody may ask for.
 */
export function keepBriefly<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  const forget = () => {
    asked = null;
  };
  return () => {
    asked ??= make().finally(() => setTimeout(forget, ms).unref());
    return asked;
  };
}
