import { z } from "zod";
import { databaseIsAway } from "../db/pool";
import { DatabaseBusy } from "../db/transact";
import { HashingBusy } from "./auth/hash-slots";
import { isOwnOrigin } from "./auth/origin";
import { isPlainLine, isVisible } from "./plain-text";

type Strings = Readonly<Record<string, string>>;

type Invalid = {
  readonly kind: "invalid";
  /** A sentence per field; what concerns no field is only in `message`. */
  readonly fields: Strings;
  readonly message: string;
  /** What was typed, to show it again: the fields the action lists in `echo`, never a password. */
  readonly values?: Strings;
};

type Failed = {
  readonly kind: "failed";
  readonly code: string;
  readonly message: string;
  readonly values?: Strings;
};

/** What a form shows after it was sent. Only strings: a bigint would break a form posted without JavaScript. */
export type ActionState<Done extends Strings = Strings> =
  | { readonly kind: "idle"; readonly message?: undefined }
  | ({ readonly kind: "done" } & Done)
  | Invalid
  | Failed;

export type ActionOutcome<Done extends Strings = Strings> = Exclude<ActionState<Done>, { kind: "idle" }>;

export const done = <Done extends Strings>(values: Done) => ({ kind: "done" as const, ...values });
// Their types are spelled out: inferred ones are at times taken for what an action is done with.
export const failed = (code: string, message: string): Failed => ({ kind: "failed", code, message });
/** A form that was refused; left out, the message is what is said of its fields. */
export const invalid = (fields: Strings, message = sentencesOf(fields)): Invalid => ({
  kind: "invalid",
  fields,
  message,
});

/** Of all fields together, each once. */
const sentencesOf = (fields: Strings): string => [...new Set(Object.values(fields))].join(" ");

const UNREADABLE = "This form could not be read. Please reload the page and try again.";
const FOREIGN = "This request did not come from our own pages. Please reload the page and try again.";
const FORBIDDEN = "Your role in this account does not allow this. Ask an owner of the account.";
const BUSY = "We are very busy right now and nothing was changed. Please try again in a moment.";
const AWAY =
  "We cannot reach our records right now. Please reload this page in a moment to see where things stand, then try again.";

const MAX_ENTRIES = 64;
const MAX_VALUE = 10_000;

/** The declared fields of a form and nothing else: fields are what `z.object` lists. */
export type FormSchema = z.ZodObject<Record<string, z.ZodType>>;

export type ParsedForm<Schema extends FormSchema> =
  | { readonly ok: true; readonly input: z.output<Schema>; readonly values: Strings }
  | {
      readonly ok: false;
      readonly state: Extract<ActionState, { kind: "invalid" }>;
      readonly values: Strings;
    };

/**
 * Reads a form into what the schema declares. A field nobody declared, a field sent twice, a file and an oversized
 * value are refused as a whole: our pages send none of them.
 */
export function parseForm<Schema extends FormSchema>(form: FormData, schema: Schema): ParsedForm<Schema> {
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  for (const [name, value] of form) {
    if (name.startsWith("$ACTION")) continue; // The framework's own.
    const acceptable =
      Object.hasOwn(schema.shape, name) &&
      !seen.has(name) &&
      seen.size < MAX_ENTRIES &&
      typeof value === "string" &&
      value.length <= MAX_VALUE;
    if (!acceptable) return { ok: false, state: invalid({}, UNREADABLE), values: {} };
    seen.add(name);
    values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return { ok: true, input: parsed.data, values };
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const name = issue.path[0];
    if (typeof name === "string") fields[name] ??= issue.message;
  }
  const message = sentencesOf(fields) || UNREADABLE;
  return { ok: false, state: invalid(fields, message), values };
}

/** What it shows has to be told by what somebody can do: these characters cannot be seen. */
const NOT_PLAIN = "This contains characters that cannot be seen. Please type it instead of pasting it.";

/** A text field of one line: bounded, plain, and with something to be seen unless it may be empty. */
export const textField = (options: {
  readonly max: number;
  readonly missing: string;
  readonly min?: number;
}) =>
  z
    .string({ error: options.missing })
    .trim()
    .min(options.min ?? 1, options.missing)
    .max(options.max, `Please use at most ${options.max} characters.`)
    .refine(isPlainLine, NOT_PLAIN)
    .refine((text) => text === "" || isVisible(text), options.missing);

/** An id as our pages render it into a hidden field. */
export const hiddenField = (max = 200) =>
  z.string({ error: UNREADABLE }).min(1, UNREADABLE).max(max, UNREADABLE).refine(isPlainLine, UNREADABLE);

export type ActionSteps<Who, Schema extends FormSchema, Done extends Strings> = {
  readonly headers: Pick<Headers, "get">;
  readonly appUrl: string;
  readonly form: unknown;
  readonly authenticate: () => Promise<Who | null>;
  readonly onSignedOut: () => never;
  readonly mayRun: (who: Who) => boolean;
  readonly input: Schema;
  readonly echo: readonly string[];
  /** Asked once the form is right; whoever did this too often gets this refusal instead. */
  readonly refuse?: ((who: Who) => Promise<Failed | null>) | undefined;
  readonly run: (input: z.output<Schema>, who: Who) => Promise<ActionOutcome<Done>>;
  /** Told of a form that another site sent, or nobody's page. */
  readonly onForeignOrigin: () => void;
  readonly onUnexpected: (error: unknown) => string;
};

/** The one order in which every action goes: origin, person, role, form, limit, verb, explanation. */
export async function runAction<Who, Schema extends FormSchema, Done extends Strings>(
  steps: ActionSteps<Who, Schema, Done>,
): Promise<ActionOutcome<Done>> {
  if (!isOwnOrigin(steps.headers, steps.appUrl)) {
    steps.onForeignOrigin();
    return failed("foreign_origin", FOREIGN);
  }
  let echo: Strings = {};
  try {
    const who = await steps.authenticate();
    if (who === null) return steps.onSignedOut();
    if (!steps.mayRun(who)) return failed("forbidden", FORBIDDEN);
    if (!(steps.form instanceof FormData)) return invalid({}, UNREADABLE);
    const parsed = parseForm(steps.form, steps.input);
    echo = pick(parsed.values, steps.echo);
    if (!parsed.ok) return { ...parsed.state, values: echo };
    const refused = await steps.refuse?.(who);
    return withEcho<Done>(refused ?? (await steps.run(parsed.input, who)), echo);
  } catch (error) {
    if (isControlFlow(error)) throw error;
    if (error instanceof DatabaseBusy || error instanceof HashingBusy)
      return withEcho<Done>(failed("busy", BUSY), echo);
    if (databaseIsAway(error)) return withEcho<Done>(failed("unavailable", AWAY), echo);
    const reference = steps.onUnexpected(error);
    const message = `Something went wrong on our side. Please try again; if it keeps happening, tell us this reference: ${reference}`;
    return withEcho<Done>(failed("unexpected", message), echo);
  }
}

/** A redirect or a not-found is thrown by the framework to reach the framework. */
const isControlFlow = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "digest" in error &&
  typeof error.digest === "string" &&
  error.digest.startsWith("NEXT_");

const pick = (values: Strings, names: readonly string[]): Strings =>
  Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));

const withEcho = <Done extends Strings>(state: ActionOutcome<Done>, values: Strings): ActionOutcome<Done> =>
  state.kind === "done" ? state : { ...state, values: { ...values, ...state.values } };
