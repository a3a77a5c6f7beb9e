import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { type AttentionView, acknowledgeAttention, listAttention } from "../billing/attention/queries";
import { deps } from "../deps";
import { fromPublicId } from "../ids";
import { isPlainLine, isVisible } from "../plain-text";
import { answerInSentences } from "../sentences";

const USAGE = `Usage:
  npm run attention                     what Stripe says and nobody understands, and what is nobody's; exits 1 when any is open
  npm run attention -- --all            also what was acknowledged or is right again
  npm run attention -- --json           the same for programs
  npm run attention -- --acknowledge attn_… --note "who knows what"`;

const MAX_LISTED = 1_000;
const MAX_NOTE = 500;
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
        note: { type: "string" },
      },
    });
    const acknowledges = values.acknowledge !== undefined;
    if (acknowledges !== (values.note !== undefined)) return null;
    return acknowledges && (values.all || values.json) ? null : values;
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
  const more = items.length === MAX_LISTED ? ` The first ${MAX_LISTED} are shown.` : "";
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
  note = "",
}: {
  readonly acknowledge?: string;
  readonly note?: string;
}): Promise<number> {
  const id = fromPublicId("attention", publicId);
  const text = note.trim();
  if (!id || !isPlainLine(text) || !isVisible(text) || text.length > MAX_NOTE) {
    console.error(
      `${USAGE}\n\nAn item looks like attn_ and 32 digits; a note is one line of at most ${MAX_NOTE} characters.`,
    );
    return 2;
  }
  const done = await acknowledgeAttention(deps().db, { id, note: text });
  console.error(
    done ? `${publicId}: acknowledged.` : `${publicId}: there is no such item, or it is right again.`,
  );
  return done ? 0 : 1;
}
