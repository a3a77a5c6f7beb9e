import { parseArgs } from "node:util";
import type { ActDeps } from "./acts/act";
import { ACT_USAGE, actCommand, isActVerb } from "./commands/acts";
import { sayFound } from "./commands/find";
import { findOperatorByEmail } from "./commands/find-operator";
import { sayLedger, sayTimeline } from "./commands/history";
import { isReadingVerb, READING_USAGE, readingCommand } from "./commands/reading";
import { asDigits, type Said } from "./commands/said";
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
An operator looks as themselves: that they looked is kept.

${READING_USAGE}

${ACT_USAGE}`;

/** Said to whoever typed the command: what is wrong, and what to do instead. */
export class OperatorCommandFailed extends Error {}

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
    throw new OperatorCommandFailed(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

type Given = ReturnType<typeof readArguments>["values"];

/** Carries out `npm run operator -- <args>`. What it came to, as it is printed; throws `OperatorCommandFailed`. */
export async function operatorCommand(
  args: readonly string[],
  connect: () => ShowDeps & ActDeps,
): Promise<string> {
  if (isReadingVerb(args[0]) || isActVerb(args[0])) {
    const command = isActVerb(args[0]) ? actCommand : readingCommand;
    const { text, code } = await command(args, connect);
    if (code === 0) return text;
    throw new OperatorCommandFailed(text);
  }
  const { values, positionals } = readArguments(args);
  if (values.help) return USAGE;
  const [verb, what, ...more] = positionals;
  if (!verb || !what || more.length > 0) throw new OperatorCommandFailed(USAGE);
  const said = await run(connect, verb, what, values);
  if (values.json) return JSON.stringify(said.json, asDigits, 2);
  const text = said.lines.join("\n");
  if (!said.isThere) throw new OperatorCommandFailed(text);
  return text;
}

async function run(connect: () => ShowDeps, verb: string, what: string, given: Given): Promise<Said> {
  const { before = null, kind = null, grant = null, reference = null } = given;
  switch (verb) {
    case "find":
      return sayFound(connect().db, what);
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
      throw new OperatorCommandFailed(`There is no "${verb}".\n\n${USAGE}`);
  }
}

async function operatorOf({ db }: ShowDeps, { as }: Given): Promise<Looking> {
  if (!as) throw new OperatorCommandFailed(`--as is missing: say who looks.\n\n${USAGE}`);
  const operator = await findOperatorByEmail(db, as);
  if (!operator) throw new OperatorCommandFailed("--as names nobody who runs the product and may sign in.");
  return operator;
}
