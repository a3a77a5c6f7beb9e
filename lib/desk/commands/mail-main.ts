import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { deps } from "../../deps";
import { sweepMail } from "../../mail/deliver";
import { listMails, type MailView } from "../../mail/queries";
import { answerInSentences } from "../../sentences";
import { retryMails } from "../retry-mails";
import { BY_OPTIONS, notSaidExit, notSaidText, readByOperator, WHO_AND_WHY } from "./by-operator";

const USAGE = `Usage:
  npm run mail                 mails that were given up; exits 1 when there are any
  npm run mail -- --all        also those that wait, were sent, or were dropped, with why; 90 days of them
  npm run mail -- --json       the same for programs
  npm run mail -- --retry ${WHO_AND_WHY}
                               has those that were given up tried again`;

const MAX_LISTED = 1_000;
const HEADINGS = ["written", "state", "kind", "about", "tries", "why"];

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const given = readArguments();
if (given) {
  process.exitCode = given.retry ? await retry(given) : await list(given);
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function readArguments() {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({ options: { all: flag, json: flag, retry: flag, ...BY_OPTIONS } });
    if (values.retry) return values.all || values.json ? null : values;
    return values.as !== undefined || values.reason !== undefined ? null : values;
  } catch {
    return null;
  }
}

/** Returns the exit code: 0 nothing was given up, 1 something was; 2 is for words nobody understands. */
async function list({ all, json }: { readonly all: boolean; readonly json: boolean }): Promise<number> {
  const mails = await listMails(deps().db, { all, most: MAX_LISTED });
  const parked = mails.filter(({ state }) => state === "parked").length;
  if (json) console.log(JSON.stringify(mails, null, 2));
  else print(mails);
  const more =
    mails.length === MAX_LISTED
      ? ` The newest ${MAX_LISTED} are shown; npm run operator -- queue mails goes on with those given up.`
      : "";
  console.error(parked === 0 ? `No mail was given up.${more}` : `${parked} given up.${more}`);
  return parked === 0 ? 0 : 1;
}

function print(mails: readonly MailView[]): void {
  if (mails.length === 0) return;
  const rows = mails.map((each) => [
    each.createdAt.toISOString().slice(0, 16),
    each.state,
    each.kind,
    each.account ?? each.user ?? "nobody",
    String(each.tries),
    each.reason ?? "",
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [HEADINGS, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

async function retry(given: { readonly as?: string; readonly reason?: string }): Promise<number> {
  const { db } = deps();
  const by = await readByOperator(db, given);
  if (!by.ok) {
    console.error(notSaidText(USAGE, by.error));
    return notSaidExit(by.error);
  }
  const retried = await retryMails(db, by.value);
  await sweepMail(db);
  console.error(retried === 0 ? "No mail was given up." : `${retried} tried again from now on.`);
  return 0;
}
