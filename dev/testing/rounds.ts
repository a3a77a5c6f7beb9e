import type { Shop } from "./shop";

type Call = { readonly id: string; readonly what: string; readonly start: number; readonly end: number };

/** Long enough that calls which wait for each other are told from calls made at the same time. */
const ANSWER_MS = 60;
/** Instants are whole milliseconds, and an answer is on its way for a moment. */
const LEEWAY_MS = 4;

/**
 * What Stripe was asked while something was done, as somebody waits for it: calls made at the same time are one round. Each
 * round names its calls, ids left out.
 */
export async function roundsOf(shop: Shop, step: () => Promise<unknown>): Promise<string[][]> {
  const before = new Set((await readCalls(shop)).map(({ id }) => id));
  const { id } = shop.simulator.faults.add({ kind: "slow_before", match: {}, ms: ANSWER_MS });
  await step();
  shop.simulator.faults.clear(id);
  const calls = (await readCalls(shop)).filter((each) => !before.has(each.id));
  return inRounds(calls);
}

/** As few instants as meet every call: no two calls of one round waited for each other. */
function inRounds(calls: readonly Call[]): string[][] {
  const rounds: { end: number; names: string[] }[] = [];
  for (const { what, start, end } of calls.toSorted((a, b) => a.end - b.end)) {
    const last = rounds.at(-1);
    if (last && start + LEEWAY_MS < last.end) last.names.push(what);
    else rounds.push({ end, names: [what] });
  }
  return rounds.map(({ names }) => names);
}

async function readCalls({ simulator }: Shop): Promise<Call[]> {
  const answer = await fetch(`${simulator.url}/_sim/requests`);
  const { requests } = (await answer.json()) as {
    requests: { id: string; method: string; path: string; at: number; ms: number }[];
  };
  return requests.map(({ id, method, path, at, ms }) => ({
    id,
    what: `${method} ${path.replaceAll(/\/[a-z]+_(?=\w*[A-Z0-9])\w+/g, "/:id").replace("/v1", "")}`,
    start: at,
    end: at + ms,
  }));
}
