import nextEnv from "@next/env";
import Stripe from "stripe";
import { Refused, readArguments } from "./arguments";
import { compareTranscripts, judge, readAllowed } from "./compare";
import { FLOWS } from "./flows";
import { progressOn } from "./progress";
import { readQuestions } from "./question-ids";
import { describeAnswers, describeComparison, describeFlows } from "./report";
import { rehearse } from "./run";
import { readTranscripts } from "./transcript";

/** A shell, npm and tsx may each pass on the same Ctrl-C; told again later, it ends at once. */
const SAME_MS = 1_000;

// `npm run rehearse:stripe`: the application against a sandbox of Stripe's, or with --pretend against the simulator.
nextEnv.loadEnvConfig(process.cwd());
process.exit(await main());

async function main(): Promise<number> {
  try {
    const asked = readArguments(process.argv.slice(2), process.env);
    if (asked.kind === "list") return say(describeFlows(FLOWS));
    if (asked.kind === "compare") return await compare(asked.first, asked.second);
    const interrupted = new AbortController();
    let toldAt = Number.POSITIVE_INFINITY;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        if (performance.now() - toldAt > SAME_MS) process.exit(130);
        toldAt = Math.min(toldAt, performance.now());
        interrupted.abort();
      });
    // A customer's database must never be the rehearsal's.
    for (const name of ["DATABASE_URL", "DATABASE_OWNER_URL", "STRIPE_API_BASE"]) delete process.env[name];
    const outcomes = await rehearse(asked, {
      progress: progressOn(process.stdout),
      signal: interrupted.signal,
    });
    if (interrupted.signal.aborted) return 130;
    const failed = outcomes.filter(({ failure }) => failure !== null);
    console.log(describeAnswers(outcomes, await readQuestions(), asked.target, FLOWS));
    console.log(`${outcomes.length - failed.length} of ${outcomes.length} flows passed.`);
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === null) throw error;
    console.error(sentence);
    return 1;
  }
}

function say(text: string): 0 {
  console.log(text);
  return 0;
}

async function compare(firstPath: string, secondPath: string): Promise<0 | 1> {
  const [first, second] = [await readTranscripts(firstPath), await readTranscripts(secondPath)];
  const flows = [...first.keys()].filter((flow) => second.has(flow));
  if (flows.length === 0) throw new Refused("The two have no flow in common.");
  const compared = flows.map((flow) => {
    const [one, other] = [first.get(flow), second.get(flow)];
    if (!one || !other) throw new Error("both have the flow");
    return compareTranscripts(one, other);
  });
  const judged = judge(
    compared.flatMap(({ differences }) => differences),
    await readAllowed(),
    flows,
  );
  const alone = [...first.keys(), ...second.keys()].filter((flow) => !flows.includes(flow));
  const targets = new Set([...first.values(), ...second.values()].map(({ target }) => target));
  console.log(
    describeComparison({ ...judged, notes: compared.flatMap(({ notes }) => notes), flows, alone, targets }),
  );
  return judged.unlisted.length > 0 ? 1 : 0;
}

/** Stripe's own sentence never has more of a key than its last characters, but ours to lose. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof Refused) return error.message;
  if (error instanceof Stripe.errors.StripeError)
    return `Stripe: ${error.message.replaceAll(/\b(sk|rk)_(test|live)_\S+/g, "$1_$2_…")}`;
  return null;
}
