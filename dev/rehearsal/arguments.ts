import { parseArgs } from "node:util";
import type { Target } from "./transcript";

export const USAGE = `Usage: npm run rehearse:stripe -- [--pretend] [--only name,…] [--out DIR] [--record DIR] [--headed] [--yes]
       npm run rehearse:stripe -- --compare DIR DIR
       npm run rehearse:stripe -- --list
docs/rehearse.md says what it does, costs and leaves behind.`;

/** What whoever typed the command asks for. */
export type Asked =
  | { readonly kind: "list" }
  | { readonly kind: "compare"; readonly first: string; readonly second: string }
  | {
      readonly kind: "run";
      readonly target: Target;
      /** Of the sandbox, or of nobody. */
      readonly secretKey: string;
      /** Names of flows; null: all of them. */
      readonly only: readonly string[] | null;
      /** Where transcripts go; null: a folder of the run's own. */
      readonly out: string | null;
      /** Where recordings that can be replayed go; null: none are kept. */
      readonly record: string | null;
      readonly headed: boolean;
      readonly yes: boolean;
    };

/** The command cannot be understood or must not be done; its message is all that is said. */
export class Refused extends Error {
  override name = "Refused";
}

const PRETENDED_KEY = "sk_test_rehearsal";

/** Reads the command's arguments, and where the real Stripe is meant, the key. Throws `Refused` before anybody is asked anything. */
export function readArguments(args: readonly string[], environment: NodeJS.ProcessEnv): Asked {
  const { values, positionals } = parse(args);
  if (values.compare !== undefined) {
    const [second, ...more] = positionals;
    if (second === undefined || more.length > 0) throw new Refused(USAGE);
    return { kind: "compare", first: values.compare, second };
  }
  if (positionals.length > 0) throw new Refused(USAGE);
  if (values.list) return { kind: "list" };
  return {
    kind: "run",
    target: values.pretend ? "simulator" : "stripe",
    secretKey: values.pretend ? PRETENDED_KEY : sandboxKey(environment.STRIPE_SECRET_KEY),
    only:
      values.only === undefined
        ? null
        : values.only
            .split(",")
            .map((each) => each.trim())
            .filter(Boolean),
    out: values.out ?? null,
    record: values.record ?? null,
    headed: values.headed,
    yes: values.yes,
  };
}

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  const word = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        pretend: flag,
        list: flag,
        headed: flag,
        yes: flag,
        only: word,
        out: word,
        record: word,
        compare: word,
      },
    });
  } catch {
    throw new Refused(USAGE);
  }
}

/** Of a sandbox, or nothing is asked: flows charge cards, open disputes and delete customers. */
function sandboxKey(key: string | undefined): string {
  if (!key)
    throw new Refused(
      "STRIPE_SECRET_KEY is not set: it takes the secret key of a Stripe sandbox (sk_test_…). Without one: --pretend.",
    );
  if (/^(sk|rk)_live_/.test(key))
    throw new Refused(
      "STRIPE_SECRET_KEY is a live key. A rehearsal charges cards: only a sandbox's sk_test_… is taken.",
    );
  if (/^rk_/.test(key))
    throw new Refused(
      "STRIPE_SECRET_KEY is a restricted key. A rehearsal does what the dashboard does: it takes the sandbox's own sk_test_….",
    );
  if (!/^sk_test_\w+$/.test(key))
    throw new Refused("STRIPE_SECRET_KEY is no secret key of a sandbox: sk_test_….");
  return key;
}
