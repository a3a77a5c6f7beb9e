import { parseArgs } from "node:util";
import type { ActDeps } from "./acts/act";
import { ACT_USAGE, actCommand, isActVerb } from "./commands/acts";
import { sayFound } from "./commands/find";
import { findOperatorByEmail } from "./commands/find-operator";
import { sayLedger, sayTimeline } from "./commands/history";
import { isReadingVerb, READING_USAGE, readingCommand } from "./commands/reading";
import { asJson, type Said } from "./commands/said";
import { type Looking, type ShowDeps, show } from "./commands/show";
import { TIMELINE_KINDS } from "./timeline";

const USAGE = `Usage:
  npm run operator -- find <text>                       whose an e-mail address, an id of ours or of Stripe's, an order's
                                                        reference or a document's number is
  npm run operator -- show acct_… --as <your e-mail>    an account as its customer sees it; an order by ord_…
  npm run operator -- timeline acct_… --as <e-mail>     what happened to an account, newest first
                      [--kind ${TIMELINE_KINDS.join("|")}]
  npm run operator -- ledger acct_… --as <e-mail>       its entries, newest first
                      [--grant grt_…] [--reference <as its caller wrote it>]
  --before <what the page before said>                  the next page
  --json                                                the same for programs
An operator looks at an account, an order or an event as themselves: that they looked is kept. Finding, queues, lists and sums
say nobody's name and are not. Exits 1 where something waits or is not there, 2 where the words are not understood.

${READING_USAGE}

${ACT_USAGE}`;

/** What is printed, and the exit code: 0 well, 1 something waits, is not there or was refused, 2 words nobody understands. */
type Printed = { readonly text: string; readonly code: 0 | 1 | 2 };

/** Said to whoever typed the command: what of it is not understood, and what would be. */
class Misread extends Error {}

const OPTIONS = {
  as: { type: "string" },
  before: { type: "string" },
  kind: { type: "string" },
  grant: { type: "string" },
  reference: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new Misread(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

type Given = ReturnType<typeof readArguments>["values"];

/** Carries out `npm run operator -- <args>`. */
export async function operatorCommand(
  args: readonly string[],
  connect: () => ShowDeps & ActDeps,
): Promise<Printed> {
  if (isActVerb(args[0])) return actCommand(args, connect);
  if (isReadingVerb(args[0])) return readingCommand(args, connect);
  try {
    return await look(args, connect);
  } catch (error) {
    if (error instanceof Misread) return { text: error.message, code: 2 };
    throw error;
  }
}

async function look(args: readonly string[], connect: () => ShowDeps): Promise<Printed> {
  const { values, positionals } = readArguments(args);
  if (values.help) return { text: USAGE, code: 0 };
  const [verb, what, ...more] = positionals;
  if (!verb || !what || more.length > 0) throw new Misread(USAGE);
  const { isThere, json, lines } = await run(connect, verb, what, values);
  const sentences = lines.join("\n");
  const text = values.json ? asJson(isThere ? json : { refused: sentences }) : sentences;
  return { text, code: isThere ? 0 : 1 };
}

async function run(connect: () => ShowDeps, verb: string, what: string, given: Given): Promise<Said> {
  const { before = null, kind = null, grant = null, reference = null } = given;
  switch (verb) {
    case "find":
      return sayFound(connect().db, what, before);
    case "show": {
      const deps = connect();
      return show(deps, await operatorOf(deps, given), what);
    }
    case "timeline": {
      const deps = connect();
      return sayTimeline(deps, await operatorOf(deps, given), { account: what, before, kind });
    }
    case "ledger": {
      const deps = connect();
      return sayLedger(deps, await operatorOf(deps, given), { account: what, before, grant, reference });
    }
    default:
      throw new Misread(`There is no "${verb}".\n\n${USAGE}`);
  }
}

async function operatorOf({ db }: ShowDeps, { as }: Given): Promise<Looking> {
  if (!as) throw new Misread(`--as is missing: say who looks.\n\n${USAGE}`);
  const operator = await findOperatorByEmail(db, as);
  if (!operator) throw new Misread("--as names nobody who runs the product and may sign in.");
  return operator;
}
