import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Stripe from "stripe";
import { Aliases, type TimeStyle } from "./alias";
import type { Flow, ProductState } from "./flow";
import type { Exchange } from "./proxy";

/** What a rehearsal was against. */
export type Target = "stripe" | "simulator";

/** One thing that was seen, in the order in which it was. */
export type Entry =
  | { readonly kind: "step"; readonly name: string }
  | { readonly kind: "exchange"; readonly exchange: Exchange }
  | { readonly kind: "event"; readonly event: Stripe.Event; readonly delivered: boolean }
  /** `at` is the application's time. */
  | { readonly kind: "state"; readonly state: ProductState; readonly at: Date }
  | { readonly kind: "answer"; readonly question: string; readonly answer: string };

/** A flow as it went, with nothing in it that two runs of the same behaviour would differ in. */
export type Transcript = {
  readonly flow: string;
  readonly target: Target;
  /** Of the events; null where there was none. */
  readonly apiVersion: string | null;
  readonly outcome: "passed" | "failed";
  /** Why it failed; null where it passed. */
  readonly failure: string | null;
  readonly steps: readonly Step[];
  readonly answers: readonly Answer[];
};

export type Step = {
  readonly name: string;
  readonly requests: readonly Request[];
  /** As Stripe lists them, oldest first. */
  readonly events: readonly Told[];
  /** When everything had come to rest, by the application's time; null where nobody waited for that. */
  readonly at: unknown;
  /** What the product said then, credits and cents as text. */
  readonly state: unknown;
};

export type Request = {
  readonly by: Exchange["by"];
  readonly method: string;
  readonly path: string;
  readonly asked: Readonly<Record<string, unknown>>;
  /** Its alias: two requests with one are one. */
  readonly key: string | null;
  readonly status: number;
  readonly replayed: boolean;
  readonly answer: unknown;
};

export type Told = {
  readonly type: string;
  readonly created: unknown;
  readonly delivered: boolean;
  readonly object: unknown;
  readonly previous: unknown;
};

export type Answer = { readonly question: string; readonly answer: string };

export type Run = {
  readonly flow: Pick<Flow, "name">;
  readonly target: Target;
  /** Where its times are counted from, Unix seconds: the start of its clock, or of the flow. */
  readonly startSeconds: number;
  readonly entries: readonly Entry[];
  readonly failure: string | null;
};

/** What came before the first step of a flow. */
const BEFORE = "before the first step";

/** Folds what was seen into steps, written so that it can be compared and shown to anybody. */
export function toTranscript(run: Run, times: TimeStyle = "counted"): Transcript {
  const aliases = new Aliases(run.startSeconds, times);
  type Open = { name: string; requests: Request[]; events: Told[]; at: unknown; state: unknown };
  const open = (name: string): Open => ({ name, requests: [], events: [], at: null, state: null });
  let step = open(BEFORE);
  const steps = [step];
  const answers: Answer[] = [];
  let apiVersion: string | null = null;
  for (const entry of run.entries) {
    if (entry.kind === "step") {
      step = open(entry.name);
      steps.push(step);
    } else if (entry.kind === "exchange") step.requests.push(toRequest(entry.exchange, aliases, times));
    else if (entry.kind === "event") {
      apiVersion ??= entry.event.api_version;
      // Nobody is sent the others when it is played again.
      if (times === "kept" && !entry.delivered) continue;
      step.events.push(toTold(entry.event, entry.delivered, aliases));
    } else if (entry.kind === "state") {
      step.at = aliases.clean(Math.floor(entry.at.getTime() / 1_000));
      step.state = aliases.clean(entry.state);
    } else answers.push({ question: entry.question, answer: entry.answer });
  }
  const failure = run.failure === null ? null : String(aliases.clean(run.failure));
  const outcome = failure === null ? "passed" : "failed";
  const { name } = run.flow;
  return { flow: name, target: run.target, apiVersion, outcome, failure, steps, answers };
}

function toRequest(exchange: Exchange, aliases: Aliases, times: TimeStyle): Request {
  const { by, method, path, asked, idempotencyKey, status, replayed, answer } = exchange;
  return {
    by,
    method,
    path: String(aliases.clean(path)),
    asked: aliases.clean(asked) as Record<string, unknown>,
    key: idempotencyKey === null ? null : String(aliases.clean(idempotencyKey)),
    status,
    replayed,
    // A list without a word on whose is everybody's in the sandbox: what others have there is not this flow's.
    answer: times === "counted" && isEverybodys(exchange) ? "of the whole sandbox" : aliases.clean(answer),
  };
}

const OF_SOMEBODY = /^(customer|payment_intent|charge|invoice|subscription|invoice\[|payment\[)/;
/** What every flow finds as it is: what is sold, and how the account is set up. */
const OF_THE_ACCOUNT =
  /^\/v1\/(prices|products|account|payment_method_configurations|billing_portal\/configurations)/;

function isEverybodys({ method, path, asked, answer }: Exchange): boolean {
  const isList = (answer as { object?: unknown } | null)?.object === "list";
  if (method !== "GET") return false;
  if (OF_THE_ACCOUNT.test(path)) return true;
  return (
    isList && /^\/v1\/[a-z_/]+$/.test(path) && !Object.keys(asked).some((name) => OF_SOMEBODY.test(name))
  );
}

const toTold = (event: Stripe.Event, delivered: boolean, aliases: Aliases): Told => ({
  type: event.type,
  created: aliases.clean(event.created),
  delivered,
  object: aliases.clean(event.data.object),
  previous: aliases.clean(event.data.previous_attributes ?? null),
});

/** Writes a flow's transcript into a folder and answers its path. */
export async function writeTranscript(folder: string, transcript: Transcript): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${transcript.flow}.json`);
  await writeFile(path, `${JSON.stringify(transcript, null, 1)}\n`);
  return path;
}

/** The transcripts of a folder, by flow; of a file, its one. */
export async function readTranscripts(path: string): Promise<ReadonlyMap<string, Transcript>> {
  const files = path.endsWith(".json")
    ? [path]
    : (await readdir(path)).filter((name) => name.endsWith(".json")).map((name) => join(path, name));
  const read = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(file, "utf8")) as Transcript),
  );
  return new Map(read.map((each) => [each.flow, each]));
}
