import type { Raw } from "../../db/client";
import { credits } from "../money/credits";
import { decodeAnswer } from "./answer";
import { type Asker, asker, endedHold, lookUpEach, named } from "./ask-rows";
import type { Command, SpendingAnswer, SpendingCommand } from "./decide";
import { fingerprintOf, isSpending } from "./keys";
import type { HoldRow } from "./rows";
import { setStatement, textArray } from "./set-sql";
import type { Bucket, Share } from "./state";
import type { Known, Work } from "./work";

type LineRow = {
  account_id: string;
  key: string | null;
  fingerprint: bigint | null;
  seq: bigint;
  line: number;
  grant_id: string | null;
  from_bucket: Bucket;
  to_bucket: Bucket;
  credits: bigint;
  hold_id: string | null;
  at: string;
};
type EndedRow = Pick<HoldRow, "account_id" | "id" | "status" | "captured_credits"> & {
  ended_key: string;
  ended_at: string;
};
type CommandRow = {
  account_id: string;
  key: string;
  fingerprint: Buffer;
  answer: unknown;
  first_seq: bigint;
  last_seq: bigint;
  committed_at: string;
};

const LINE =
  "e.account_id, e.key, e.fingerprint, e.seq, e.line, e.grant_id, e.from_bucket, e.to_bucket, e.credits, e.hold_id, e.at";
// The planner must be told that a key which equals something is not null, or it leaves the index alone.
const FIRST_LINES = setStatement([["key", "uuid"]], (rows, account) =>
  lookUpEach(
    rows,
    LINE,
    `entries as e where e.account_id = ${account} and e.key = m.key and e.key is not null limit 1`,
  ),
);
/** What follows a first line closely: its command's other lines, and then those of other commands. */
const FOLLOWING_LINES = setStatement([["seq", "bigint"]], (rows, account) =>
  lookUpEach(
    rows,
    LINE,
    `entries as e where e.account_id = ${account} and e.seq > m.seq and e.seq <= m.seq + $3::int limit $3::int`,
  ),
);
const ENDED_HOLDS = setStatement([["id", "uuid"]], (rows, account) =>
  lookUpEach(
    rows,
    "h.account_id, h.id, h.status, h.ended_key, h.captured_credits, h.ended_at",
    `holds as h where h.account_id = ${account} and h.id = m.id and h.ended_key is not null limit 1`,
  ),
);
const COMMANDS = setStatement([["key", "text"]], (rows, account) =>
  lookUpEach(
    rows,
    "c.account_id, c.key, c.fingerprint, c.answer, c.first_seq, c.last_seq, c.committed_at",
    `commands as c where c.account_id = ${account} and c.key = m.key limit 1`,
  ),
);

/** What is known of an account's keys, by account and then by `Prepared.id`. */
export type KnownKeys = ReadonlyMap<string, ReadonlyMap<string, Known>>;

/** Which of these commands' keys were used before, and for what. Asked under the accounts' locks. */
export async function lookUpKeys(raw: Raw, work: readonly Work[]): Promise<KnownKeys> {
  const ask = asker(
    raw,
    work.map((each) => each.accountId),
  );
  const [lines, ended, commands] = await Promise.all([
    ask.ofNamed<LineRow>(
      FIRST_LINES,
      named(work, ({ command, id }) => (isSpending(command) ? id : null)),
    ),
    ask.ofNamed<EndedRow>(ENDED_HOLDS, named(work, endedHold)),
    ask.ofNamed<CommandRow>(
      COMMANDS,
      named(work, ({ command, key }) => (isSpending(command) ? null : key)),
      { toArray: textArray },
    ),
  ]);
  const known = new Map(work.map((each) => [each.accountId, new Map<string, Known>()]));
  for (const row of commands) known.get(row.account_id)?.set(`internal:${row.key}`, knownCommand(row));
  for (const row of ended) {
    const [id, value] = knownEnd(row);
    known.get(row.account_id)?.set(id, value);
  }
  for (const command of await wholeCommands(ask, lines)) {
    const [line] = command;
    if (line?.key) known.get(line.account_id)?.set(withoutHyphens(line.key), knownLines(command, line));
  }
  return known;
}

const withoutHyphens = (uuid: string) => uuid.replaceAll("-", "");

const knownCommand = (row: CommandRow): Known => ({
  fingerprint: row.fingerprint.toString("hex"),
  done: () => ({
    answer: decodeAnswer(row.answer),
    at: new Date(row.committed_at),
    seq: row.last_seq < row.first_seq ? 0n : row.first_seq,
  }),
});

/** Each first line with its command's others, which follow it without a gap and count on from it. */
async function wholeCommands(ask: Asker, firsts: readonly LineRow[], span = 8): Promise<LineRow[][]> {
  const named = firsts.map((each) => ({ accountId: each.account_id, name: String(each.seq) }));
  const near = await ask.ofNamed<LineRow>(FOLLOWING_LINES, named, { rest: [String(span)] });
  const bySeq = new Map(near.map((each) => [`${each.account_id} ${each.seq}`, each]));
  const commands = firsts.map((first) => {
    const lines = [first];
    for (;;) {
      const next = bySeq.get(`${first.account_id} ${first.seq + BigInt(lines.length)}`);
      if (next?.line !== lines.length) return lines;
      lines.push(next);
    }
  });
  // A spend of a hundred small grants has as many lines.
  return commands.some((each) => each.length > span) ? wholeCommands(ask, firsts, span * 8) : commands;
}

const knownLines = (lines: readonly LineRow[], first: LineRow): Known => ({
  fingerprint: String(first.fingerprint),
  done: (command) => ({ answer: answerOf(command, lines, first), at: new Date(first.at), seq: first.seq }),
});

/** An end that moved nothing, because a revocation had taken all the hold had, left no line with its key. */
function knownEnd({ id, status, ended_key, captured_credits, ended_at }: EndedRow): [string, Known] {
  const command: SpendingCommand =
    status === "captured"
      ? { kind: "capture", holdId: id, credits: credits(captured_credits) }
      : { kind: "release", holdId: id };
  const done = { answer: answerOf(command, [], null), at: new Date(ended_at), seq: 0n };
  return [withoutHyphens(ended_key), { fingerprint: String(fingerprintOf(command)), done: () => done }];
}

/** Reads the answer of a spending command off its lines, the way it was given the first time. */
function answerOf(command: Command, lines: readonly LineRow[], first: LineRow | null): SpendingAnswer {
  const used = sharesOf(lines.filter((each) => each.to_bucket === "spent"));
  switch (command.kind) {
    case "spend":
      return { kind: "spent", credits: command.credits, from: used };
    case "hold":
      return {
        kind: "held",
        holdId: first?.hold_id ?? command.holdId,
        credits: command.credits,
        expiresAt: new Date(new Date(first?.at ?? 0).getTime() + command.ttlMs),
        from: sharesOf(lines.filter((each) => each.to_bucket === "held")),
      };
    case "capture":
      return {
        kind: "captured",
        holdId: command.holdId,
        credits: command.credits,
        from: used,
        owed: sum(lines.filter((each) => each.from_bucket === "owed" && each.to_bucket === "spent")),
        returned: givenBack(lines),
      };
    case "release":
      return { kind: "released", holdId: command.holdId, returned: givenBack(lines) };
    default:
      throw new Error(`a ${command.kind} keeps its answer in a row of its own`);
  }
}

const sum = (lines: readonly LineRow[]) => credits(lines.reduce((total, each) => total + each.credits, 0n));

const givenBack = (lines: readonly LineRow[]) =>
  sum(
    lines.filter(
      (each) =>
        each.from_bucket === "held" && (each.to_bucket === "available" || each.to_bucket === "expired"),
    ),
  );

function sharesOf(lines: readonly LineRow[]): Share[] {
  const shares = new Map<string, bigint>();
  for (const { grant_id, credits: amount } of lines) {
    if (grant_id !== null) shares.set(grant_id, (shares.get(grant_id) ?? 0n) + amount);
  }
  return [...shares].map(([grantId, amount]) => ({ grantId, credits: credits(amount) }));
}
