import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { eq } from "drizzle-orm";
import { accounts } from "../../db/schema";
import {
  countCustomers,
  type SyncedAccount,
  type SyncReport,
  syncAllAccounts,
  syncOneAccount,
} from "../billing/sync-accounts";
import { createCommandLog } from "../command-log";
import { backgroundDeps, deps } from "../deps";
import { env } from "../env";
import { fromPublicId, toPublicId } from "../ids";
import { stopWhenInterrupted } from "../interrupt";
import { credits } from "../money/credits";
import { formatCredits } from "../money/format";
import { showProgress } from "../progress";
import { refuseCatalog } from "../refuse-catalog";
import { refuseMisfit } from "../refuse-misfit";
import { answerInSentences } from "../sentences";

const USAGE = `Usage:
  npm run sync -- --account acct_…        asks Stripe again about one account, and says what changed
  npm run sync -- --all [--from acct_…]   about all customers, in the order of their ids; exits 1 when some could not be read`;

const STOPPED = {
  asked_to: "Stopped.",
  provider_away: "Stripe does not answer: stopped.",
  database_away: "The database does not answer: stopped.",
} as const;

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const asked = readArguments();
if (asked) {
  process.exitCode = (await mayAsk()) ? await run(asked) : 1;
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

type Asked = { readonly accountId: string } | { readonly from: string | null };

function readArguments(): Asked | null {
  try {
    const text = { type: "string" } as const;
    const all = { type: "boolean", default: false } as const;
    const { values } = parseArgs({ options: { account: text, from: text, all } });
    if (values.all === (values.account !== undefined) || (values.from !== undefined && !values.all))
      return null;
    if (values.all && values.from === undefined) return { from: null };
    const id = fromPublicId("account", values.account ?? values.from);
    if (!id) return null;
    return values.all ? { from: id } : { accountId: id };
  } catch {
    return null;
  }
}

/** Whether Stripe can be asked: with a key of the account this database belongs to. */
async function mayAsk(): Promise<boolean> {
  const { access, db, log } = deps();
  await refuseMisfit(db);
  await refuseCatalog(db, log);
  const sentence = await access.check();
  if (sentence !== null) console.error(sentence);
  else if (!(await access.isOpen()))
    console.error(`Stripe cannot be asked now (${access.state().pausedFor}).`);
  return sentence === null && (await access.isOpen());
}

/** Returns the exit code: 0 all were read, 1 some were not or it was stopped, 130 by Ctrl-C. */
async function run(what: Asked): Promise<number> {
  const { db } = deps();
  const progress = showProgress();
  // What is logged does not mix with what changed.
  const real = { ...backgroundDeps(), log: createCommandLog(env().LOG_LEVEL, progress) };
  const isOne = "accountId" in what;
  if (isOne && !(await exists(what.accountId))) {
    console.error("There is no such account.");
    return 1;
  }
  const interruption = stopWhenInterrupted(progress);
  progress.step("accounts", isOne ? 1 : await countCustomers(db, what.from));
  const watch = {
    onSynced: (synced: SyncedAccount, done: number) => {
      const changed = describe(synced);
      if (changed.length > 0) progress.aside(() => console.log(changed.join("\n")));
      progress.at(done);
    },
    isStopped: interruption.isStopped,
  };
  const report = isOne
    ? await syncOneAccount(real, what.accountId, watch)
    : await syncAllAccounts(real, { from: what.from, ...watch });
  progress.end();
  const code = summarize(report);
  return report.stopped === "asked_to" ? (interruption.exitCode() ?? code) : code;
}

async function exists(accountId: string): Promise<boolean> {
  return (await deps().db.$count(accounts, eq(accounts.id, accountId))) > 0;
}

function describe({ accountId, read, changes }: SyncedAccount): readonly string[] {
  const id = toPublicId("account", accountId);
  const said = changes.map(({ name, from, to }) => `${name} ${show(from)} → ${show(to)}`).join(", ");
  return [...(said ? [`${id}  ${said}`] : []), ...(read ? [] : [`${id}  could not be read`])];
}

function show(value: string | bigint | null): string {
  return typeof value === "bigint" ? formatCredits(credits(value), "en") : (value ?? "none");
}

function summarize({ done, changed, unread, stopped, next }: SyncReport): number {
  console.error(`${done} asked about, ${changed} changed, ${unread.length} could not be read.`);
  if (stopped) console.error(STOPPED[stopped]);
  if (next) console.error(`Go on with: npm run sync -- --all --from ${toPublicId("account", next)}`);
  return stopped || unread.length > 0 ? 1 : 0;
}
