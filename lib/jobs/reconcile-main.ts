import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { balances } from "../../db/schema";
import { ProviderSilent } from "../billing/provider-records";
import { createCommandLog } from "../command-log";
import { backgroundDeps, deps } from "../deps";
import { env } from "../env";
import { toPublicId } from "../ids";
import { endWhenInterrupted } from "../interrupt";
import { BooksDrifted } from "../ledger/check-books";
import type { Drift } from "../ledger/reconcile";
import { showProgress } from "../progress";
import type { DayResult } from "../reconciliation/compare-day";
import {
  dayOf,
  daysBetween,
  reconcileAllBooks,
  reconcileDays,
  reconcileMovedBooks,
} from "../reconciliation/reconcile";
import { applyRepair, leftToPeople, repairable, repairBooks } from "../reconciliation/repair";
import { databaseNow, listDaysWithDrift, toJson } from "../reconciliation/results";
import { showDay } from "../reconciliation/show-day";
import { countWaiting } from "../reconciliation/waiting";
import { refuseCatalog } from "../refuse-catalog";
import { refuseMisfit } from "../refuse-misfit";
import { answerInSentences } from "../sentences";

const USAGE = `Usage:
  npm run reconcile                          the books that moved since the last look, and yesterday and today with Stripe; exits 1 on drift, of earlier days too
  npm run reconcile -- --day 2026-11-29      that day (UTC) with Stripe again
  npm run reconcile -- --since 2026-11-01    all days since then; those that were finished without a line are passed over
  npm run reconcile -- --books [--full]      the books alone; --full: every account from its first entry
  npm run reconcile -- … --repair [--apply]  says what can be derived again, and does it
  npm run reconcile -- … --json              the same for programs`;

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const progress = showProgress();
endWhenInterrupted("Stopped. Days that are over and were compared are kept: run it again.", progress);
const asked = readArguments();
if (asked) {
  process.exitCode = await run(asked).finally(progress.end);
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function readArguments() {
  try {
    const flag = { type: "boolean", default: false } as const;
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      options: { day: text, since: text, books: flag, full: flag, repair: flag, apply: flag, json: flag },
    });
    const days = [values.day, values.since].filter((each) => each !== undefined);
    const areDays = days.every((each) => /^\d{4}-\d\d-\d\d$/.test(each) && !Number.isNaN(Date.parse(each)));
    const contradict = days.length > 1 || (values.books && days.length > 0);
    return areDays && !contradict && (!values.apply || values.repair) ? values : null;
  } catch {
    return null;
  }
}

type Asked = NonNullable<ReturnType<typeof readArguments>>;

/** Returns the exit code: 0 everything is explained, 1 it is not, or could not be compared. */
async function run(what: Asked): Promise<number> {
  const { db, log } = deps();
  await refuseMisfit(db);
  await refuseCatalog(db, log);
  const books = what.day || what.since ? 0 : await compareBooks(what);
  return Math.max(books, what.books ? 0 : await compareWithStripe(what));
}

/** What is logged does not mix with what is reported. */
function quiet() {
  return { ...backgroundDeps(), log: createCommandLog(env().LOG_LEVEL, progress) };
}

async function compareBooks(what: Asked): Promise<number> {
  const drift = what.full ? await compareAllBooks() : await compareMovedBooks(what.json);
  if (what.repair)
    for (const accountId of new Set(drift.map((each) => each.accountId))) await mend(accountId, what.apply);
  return drift.length > 0 ? 1 : 0;
}

async function compareMovedBooks(json: boolean): Promise<readonly Drift[]> {
  progress.step("comparing the books that moved");
  const { accounts, entries, drift } = await reconcileMovedBooks(quiet());
  progress.end();
  if (json) console.log(JSON.stringify(toJson({ books: { accounts, entries, drift } })));
  else
    console.log(
      `Books: ${entries} entries of ${accounts} accounts since the last look, ${drift.length} differences.`,
    );
  if (!json) for (const each of drift) console.log(`  ${showDrift(each)}`);
  return drift;
}

async function compareAllBooks(): Promise<readonly Drift[]> {
  try {
    progress.step("accounts' books", await deps().db.$count(balances));
    await reconcileAllBooks(quiet(), undefined, progress.at);
    progress.end();
    console.log("Books: every account agrees with its entries.");
    return [];
  } catch (error) {
    progress.end();
    if (!(error instanceof BooksDrifted)) throw error;
    console.log(`Books: ${error.message}; the log says where.`);
    return error.drift;
  }
}

function showDrift({ accountId, grantId, what, stored, entries }: Drift): string {
  return `${toPublicId("account", accountId)}  ${grantId ? toPublicId("grant", grantId) : "-"}  ${what}: stored ${stored}, entries say ${entries}`;
}

async function mend(accountId: string, apply: boolean): Promise<void> {
  const account = toPublicId("account", accountId);
  const mended = await repairBooks(deps().db, accountId, { apply });
  const drift = mended.ok ? mended.value : mended.error.drift;
  if (!mended.ok)
    console.log(`${account}: cannot be mended from its entries, an operator has to look at them.`);
  else if (drift.length === 0) console.log(`${account}: agrees with its entries by now.`);
  else
    console.log(
      `${account}: ${apply ? "was mended from its entries" : "would be mended from its entries (add --apply)"}.`,
    );
  for (const each of drift) console.log(`  ${showDrift(each)}`);
}

async function compareWithStripe(what: Asked): Promise<number> {
  const { access, db } = deps();
  const sentence = await access.check();
  if (sentence !== null || !(await access.isOpen())) {
    console.error(sentence ?? `Stripe cannot be asked now (${access.state().pausedFor}).`);
    return 1;
  }
  const real = quiet();
  const today = await databaseNow(db);
  const first = what.day ?? what.since ?? dayOf(new Date(today.getTime() - 86_400_000));
  const days = daysBetween(first, what.day ?? dayOf(today));
  try {
    progress.step("days compared with Stripe", days.length);
    const results = await reconcileDays(real, days, {
      again: what.since === undefined,
      onDay: (result) => {
        progress.aside(() => show(result, what.json));
        progress.at(days.indexOf(result.day) + 1);
      },
    });
    progress.end();
    const waiting = await countWaiting(db);
    if (what.json) console.log(JSON.stringify({ waiting }));
    else
      for (const { what: name, count, oldestSeconds } of waiting)
        console.log(`Not decided yet: ${count} ${name}, the oldest for ${oldestSeconds} s.`);
    const lines = results.flatMap((each) => each.lines);
    if (what.repair) await repair(real, lines, what.apply);
    return (await tellOfDays(what.json)) || lines.length > 0 ? 1 : 0;
  } catch (error) {
    progress.end();
    if (!(error instanceof ProviderSilent)) throw error;
    console.error(`${error.message}. Finished days are kept: run it again.`);
    return 1;
  }
}

const DAYS_SHOWN = 31;

/** Whether a day that was ever compared has a difference still; says which. */
async function tellOfDays(json: boolean): Promise<boolean> {
  const found = await listDaysWithDrift(deps().db, { most: DAYS_SHOWN + 1 });
  const shown = found.slice(0, DAYS_SHOWN);
  if (json) console.log(JSON.stringify({ daysWithDifferences: shown, more: found.length > DAYS_SHOWN }));
  else
    for (const { day, drift } of shown)
      console.log(`Not explained: ${drift} of ${day}. Once it is mended: npm run reconcile -- --day ${day}`);
  if (!json && found.length > DAYS_SHOWN) console.log("Not explained: more days than these.");
  return found.length > 0;
}

function show(result: DayResult, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(toJson(result)));
    return;
  }
  for (const line of showDay(result, new Date())) console.log(line);
}

async function repair(
  real: ReturnType<typeof quiet>,
  lines: DayResult["lines"],
  apply: boolean,
): Promise<void> {
  for (const each of repairable(lines)) {
    const what = each.kind === "returns" ? each.paymentId : toPublicId("order", each.orderId);
    if (apply) console.log(`${what}: settled, and ${(await applyRepair(real, each)) ?? "not known"} now.`);
    else console.log(`${what}: would be settled (add --apply).`);
  }
  for (const sentence of leftToPeople(lines)) console.log(sentence);
}
