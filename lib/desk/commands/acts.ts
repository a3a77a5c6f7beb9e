import { parseArgs } from "node:util";
import { fromPublicId, toPublicId } from "../../ids";
import type { Result } from "../../result";
import type { ActDeps, ActRefusal, FieldName, Fields, Preview, Request } from "../acts/act";
import { ACTS } from "../acts/acts";
import { type ApprovalRefusal, approveAct, endWaiting, listWaitingActs } from "../acts/approve";
import { requestCounter } from "../acts/counter";
import { ACT_KINDS, isActKind } from "../acts/kinds";
import { ACTS_PAGE, listActs } from "../acts/list";
import { type Performed, performAct } from "../acts/perform";
import { previewAct } from "../acts/run-act";
import { ACT_FIELDS, ACT_NAMES, ANSWER_DECIDES, actRefusalSentence, refusedSentence } from "../acts/words";
import { countQueues, isAnythingWaiting } from "../queues/list";
import { findOperatorByEmail } from "./find-operator";
import { asJson } from "./said";

const DO = "--as <your e-mail> --reason <why>";
export const ACT_USAGE = `  npm run operator -- kinds                        what can be done, and what each act wants to know
  npm run operator -- do <kind> [--account acct_…] [--<field> <value> …] ${DO} --preview | --yes
  npm run operator -- undo act_… ${DO} --preview | --yes
  npm run operator -- waiting                      what waits for a second operator
  npm run operator -- approve wait_… --as <your e-mail>
  npm run operator -- refuse wait_… --as <your e-mail>     also to withdraw what you asked for yourself
  npm run operator -- log [--account acct_…] [--before act_…]
                                                   what operators did, the newest first
  npm run operator -- queues                       what waits for an operator; exits 1 when anything does
  --json prints for programs. --preview shows what would change, in numbers, and changes nothing; --yes does it.`;

/** What was said, and the exit code: 0 done, 1 refused or something waits, 2 words nobody understands. */
type Said = { readonly text: string; readonly code: 0 | 1 | 2 };

const FIELDS = ACT_FIELDS;
const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  ...{ account: text, as: text, reason: text, basis: text, before: text },
  ...{ preview: flag, yes: flag, json: flag, help: flag },
  ...(Object.fromEntries(FIELDS.map((each) => [each, text])) as Record<FieldName, typeof text>),
};

type Given = {
  readonly values: Partial<Record<FieldName | "account" | "as" | "reason" | "basis" | "before", string>> & {
    readonly preview: boolean;
    readonly yes: boolean;
    readonly json: boolean;
  };
  readonly named: string;
};

/** Whether a word is the verb of something that is done here. */
export const isActVerb = (word: string | undefined): boolean =>
  word !== undefined && Object.hasOwn(VERBS, word);

/** Carries out `npm run operator -- <args>` where it is an act, or about acts. */
export async function actCommand(args: readonly string[], connect: () => ActDeps): Promise<Said> {
  let read: ReturnType<typeof readArguments>;
  try {
    read = readArguments(args);
  } catch (error) {
    return misread(error instanceof Error ? error.message : String(error));
  }
  const [verb = "", named = "", ...rest] = read.positionals;
  if (read.values.help) return { text: ACT_USAGE, code: 0 };
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb as keyof typeof VERBS] : null;
  if (!run || rest.length > 0)
    return misread(verb === "" ? "" : `There is no "${read.positionals.join(" ")}".`);
  return run(connect, { values: read.values, named } as Given);
}

const readArguments = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });

const misread = (why: string): Said => ({ text: why === "" ? ACT_USAGE : `${why}\n\n${ACT_USAGE}`, code: 2 });
const said = (given: Given, rows: unknown, lines: readonly string[], code: 0 | 1 = 0): Said => ({
  text: given.values.json ? asJson(rows) : lines.join("\n"),
  code,
});

type Verb = (connect: () => ActDeps, given: Given) => Promise<Said>;

const VERBS = {
  kinds: async (_connect, given) => {
    const kinds = ACT_KINDS.filter((each) => !ACTS[each].onlyAsCounter);
    const rows = kinds.map((kind) => ({ kind, of: ACTS[kind].of, fields: ACTS[kind].fields }));
    return said(
      given,
      rows,
      rows.map(({ kind, of, fields }) =>
        [
          kind.padEnd(17),
          ACT_NAMES[kind].padEnd(36),
          of === "account" ? "--account" : "",
          ...fields.map((each) => `--${each}`),
        ]
          .join(" ")
          .trimEnd(),
      ),
    );
  },
  do: async (connect, given) => {
    const request = readRequest(given);
    return "text" in request ? request : act(connect(), given, request);
  },
  undo: async (connect, given) => {
    const id = fromPublicId("act", given.named);
    if (!id) return misread("An act looks like act_ and 32 digits.");
    const deps = connect();
    const request = await requestCounter(deps.db, id);
    return request.ok ? act(deps, given, request.value) : refused(given, request.error);
  },
  waiting: async (connect, given) => {
    const { acts: all, more } = await listWaitingActs(connect().db);
    const lines = all.map((each) =>
      [
        toPublicId("waitingAct", each.id),
        each.kind,
        accountName(each.accountId),
        each.askedAt.toISOString(),
        each.asker ?? "gone",
        each.reason,
      ].join("  "),
    );
    const none = ["Nothing waits for a second operator."];
    const others = [`${more} more wait less long: npm run operator -- queue approvals lists all.`];
    const told = [...(lines.length > 0 ? lines : none), ...(more > 0 ? others : [])];
    return said(given, all.map(namedAs("waitingAct")), told);
  },
  approve: (connect, given) =>
    decide(connect, given, async (deps, waitingId, operatorId) =>
      told(given, await approveAct(deps, { waitingId, operatorId })),
    ),
  refuse: (connect, given) =>
    decide(connect, given, async ({ db }, waitingId, operatorId) => {
      const ended = await endWaiting(db, { waitingId, operatorId });
      return ended.ok
        ? said(given, ended.value, [`${ended.value.end}: nothing was done.`])
        : refused(given, ended.error);
    }),
  log: async (connect, given) => {
    const account = given.values.account;
    const accountId = account === undefined ? null : fromPublicId("account", account);
    if (account !== undefined && !accountId) return misread("An account looks like acct_ and 32 digits.");
    const before = given.values.before;
    const from = before === undefined ? null : fromPublicId("act", before);
    if (before !== undefined && !from) return misread("An act looks like act_ and 32 digits.");
    const all = await listActs(connect().db, { accountId, before: from });
    const lines = all.map((each) =>
      [
        toPublicId("act", each.id),
        each.at.toISOString(),
        each.operator ?? "gone",
        each.kind,
        accountName(each.accountId),
        each.subject ?? "",
        each.reason,
      ].join("  "),
    );
    const last = all.at(-1);
    const older = all.length === ACTS_PAGE && last ? [`Older: --before ${toPublicId("act", last.id)}`] : [];
    return said(given, all.map(namedAs("act")), [...lines, ...older]);
  },
  queues: async (connect, given) => {
    const counts = await countQueues(connect().db);
    const lines = counts.map((each) => `${String(each.count).padStart(6)}  ${each.queue}`);
    return said(given, counts, lines, isAnythingWaiting(counts) ? 1 : 0);
  },
} as const satisfies Record<string, Verb>;

/** For programs: under the ids that the other commands take. */
const namedAs =
  (kind: "act" | "waitingAct") =>
  <T extends { readonly id: string; readonly accountId: string | null }>(row: T): T => ({
    ...row,
    id: toPublicId(kind, row.id),
    accountId: row.accountId && toPublicId("account", row.accountId),
  });
const accountName = (id: string | null) => (id === null ? "no account" : toPublicId("account", id));

function readRequest({ values, named: kind }: Given): Request | Said {
  if (!isActKind(kind)) return misread(`There is no act "${kind}".`);
  const accountId = values.account === undefined ? null : fromPublicId("account", values.account);
  if (values.account !== undefined && accountId === null)
    return misread("An account looks like acct_ and 32 digits.");
  const own = ACTS[kind].fields;
  const stray = FIELDS.find((each) => values[each] !== undefined && !own.includes(each));
  if (stray) return misread(`${kind} wants no --${stray}.`);
  const fields: Fields = Object.fromEntries(own.map((each) => [each, values[each] ?? ""]));
  return { kind, accountId, fields };
}

/** Previews, and with `--yes` does, what was asked for. */
async function act(deps: ActDeps, given: Given, request: Request): Promise<Said> {
  const { values } = given;
  if (values.preview === values.yes) return misread("Either --preview or --yes.");
  const operator = await findOperatorByEmail(deps.db, values.as ?? "");
  if (!operator) return refusedInWords(given, NO_OPERATOR);
  const seen = await previewAct(deps, request, operator.userId);
  if (!seen.ok) return refused(given, seen.error);
  const decides = ANSWER_DECIDES[request.kind];
  if (values.preview)
    return said(given, seen.value, [...(decides ? [`  ${decides}`] : []), ...linesOf(seen.value)]);
  const basis = values.basis ?? seen.value.basis;
  const by = { operatorId: operator.userId, reason: values.reason ?? "" };
  return told(given, await performAct(deps, { request, ...by, basis }));
}

function told(given: Given, done: Result<Performed, ActRefusal | ApprovalRefusal>): Said {
  if (!done.ok) return refused(given, done.error);
  if (done.value.kind === "waiting") {
    const id = toPublicId("waitingAct", done.value.waitingId);
    return said(given, { waiting: id }, [`${id}: a second operator has to agree; nothing has happened yet.`]);
  }
  const { actId, lines, aftermath } = done.value;
  const id = toPublicId("act", actId);
  const came = {
    done: "done.",
    unknown: "begun. Stripe has not said what became of it: it is asked again by itself.",
    refused: `begun. ${refusedSentence(aftermath.why)}`,
  }[aftermath.kind];
  const secret = aftermath.secret ? [aftermath.secret, "This is shown once."] : [];
  const all = [`${id}: ${came}`, ...linesOf({ lines, basis: "", needsApproval: false }), ...secret];
  return said(given, { act: id, lines, ...aftermath }, all, aftermath.kind === "refused" ? 1 : 0);
}

function refused(given: Given, error: ActRefusal | ApprovalRefusal): Said {
  const anew = error.code === "stale_preview" ? linesOf(error.preview) : [];
  return said(given, error, [actRefusalSentence(error), ...anew], 1);
}

const linesOf = ({ lines, basis, needsApproval }: Preview): readonly string[] => [
  ...lines.map(({ name, unit, before, after }) => {
    const unitText = unit === "text" || unit === "instant" ? "" : ` ${unit}`;
    return before === after ? `  ${name}: ${after}${unitText}` : `  ${name}: ${before} → ${after}${unitText}`;
  }),
  ...(needsApproval ? ["  A second operator has to agree."] : []),
  ...(basis === "" ? [] : [`  --basis ${basis} does this and nothing else.`]),
];

const NO_OPERATOR = "--as: there is no operator of this e-mail who may sign in.";
const refusedInWords = ({ values }: Pick<Given, "values">, sentence: string): Said => ({
  text: values.json ? asJson({ refused: sentence }) : sentence,
  code: 1,
});

async function decide(
  connect: () => ActDeps,
  given: Given,
  run: (deps: ActDeps, waitingId: string, operatorId: string) => Promise<Said>,
): Promise<Said> {
  const { values, named } = given;
  const id = fromPublicId("waitingAct", named);
  if (!id) return misread("What waits looks like wait_ and 32 digits.");
  const deps = connect();
  const operator = await findOperatorByEmail(deps.db, values.as ?? "");
  return operator ? run(deps, id, operator.userId) : refusedInWords(given, NO_OPERATOR);
}
