import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { type AttentionView, listAttention } from "../../billing/attention/queries";
import { deps } from "../../deps";
import { fromPublicId } from "../../ids";
import { answerInSentences } from "../../sentences";
import { acknowledgeItem } from "../queues/acknowledge";
import { BY_OPTIONS, notSaidExit, notSaidText, readByOperator, WHO_AND_WHY } from "./by-operator";

const USAGE = `Usage:
  npm run attention                     what Stripe says and nobody understands, and what is nobody's; exits 1 when any is open
  npm run attention -- --all            also what was acknowledged or is right again
  npm run attention -- --json           the same for programs
  npm run attention -- --acknowledge attn_… ${WHO_AND_WHY}`;

const MAX_LISTED = 1_000;
const HEADINGS = ["item", "since", "state", "account", "object", "reason"];

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const given = readArguments();
if (given) {
  process.exitCode = given.acknowledge === undefined ? await list(given) : await acknowledge(given);
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        all: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        acknowledge: { type: "string" },
        ...BY_OPTIONS,
      },
    });
    if (values.acknowledge !== undefined) return values.all || values.json ? null : values;
    return values.as !== undefined || values.reason !== undefined ? null : values;
  } catch {
    return null;
  }
}

/** Returns the exit code: 0 nothing is open, 1 something has to be looked at; 2 is for words nobody understands. */
async function list({ all, json }: { readonly all: boolean; readonly json: boolean }): Promise<number> {
  const items = await listAttention(deps().db, { all, most: MAX_LISTED });
  const open = items.filter(({ state }) => state === "open").length;
  if (json) console.log(JSON.stringify(items, null, 2));
  else print(items);
  const more =
    items.length === MAX_LISTED
      ? ` The first ${MAX_LISTED} are shown; npm run operator -- queue attention goes on to the last.`
      : "";
  console.error(open === 0 ? "Nothing needs attention." : `${open} open.${more}`);
  return open === 0 ? 0 : 1;
}

function print(items: readonly AttentionView[]): void {
  if (items.length === 0) return;
  const rows = items.map((each) => [
    each.id,
    each.since.toISOString().slice(0, 16),
    each.state,
    each.account ?? "none",
    `${each.object} ${each.objectId}`,
    [each.reason, ...Object.entries(each.details).map(([name, value]) => `${name}=${value}`)].join("  "),
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
  console.log();
  for (const { reason, matter, toDo } of new Map(items.map((each) => [each.reason, each])).values())
    console.log(`${reason}: ${matter}\n  ${toDo}`);
  for (const { id, note } of items) if (note) console.log(`${id}: "${note}"`);
}

async function acknowledge({
  acknowledge: publicId = "",
  ...given
}: {
  readonly acknowledge?: string;
  readonly as?: string;
  readonly reason?: string;
}): Promise<number> {
  const { db } = deps();
  const id = fromPublicId("attention", publicId);
  if (!id) {
    console.error(`${USAGE}\n\nAn item looks like attn_ and 32 digits.`);
    return 2;
  }
  const by = await readByOperator(db, given);
  if (!by.ok) {
    console.error(notSaidText(USAGE, by.error));
    return notSaidExit(by.error);
  }
  const done = await acknowledgeItem(db, id, by.value);
  console.error(
    done.ok ? `${publicId}: acknowledged.` : `${publicId}: there is no such item, or it is right again.`,
  );
  return done.ok ? 0 : 1;
}
