/** What is said of a broken rule, with what shows it. */
export function must(holds: boolean, rule: string, what?: unknown): asserts holds {
  if (holds) return;
  const shown = JSON.stringify(what, (_key, value) => (typeof value === "bigint" ? `${value}n` : value), 1);
  throw new Error(`${rule}\n${shown}`);
}
