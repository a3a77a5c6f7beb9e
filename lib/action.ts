import { randomBytes } from "node:crypto";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import type { z } from "zod";
import { type ActionOutcome, type ActionState, type FormSchema, failed, runAction } from "./action-core";
import { signInPath } from "./auth/callback-url";
import { recordForeignOrigin } from "./auth/foreign-origin";
import { requireOperator } from "./auth/operator";
import { auth, type Customer, type Role } from "./auth/session";
import { countWork, tooOftenSentence, type WorkKind } from "./auth/work-limits";
import { type Deps, deps } from "./deps";
import { env } from "./env";
import { PAYMENTS_UNAVAILABLE } from "./payments-unavailable";
import { noticeRefusedKey } from "./stripe/access/http";

export {
  type ActionState,
  done,
  failed,
  hiddenField,
  invalid,
  textField,
} from "./action-core";

type Strings = Readonly<Record<string, string>>;

/** For `useActionState(action, { kind: "idle" })`, and for `<form action={action}>`, which shows no outcome. */
export type FormAction<Done extends Strings = Strings> = {
  (form: FormData): Promise<void>;
  (previous: ActionState, form: FormData): Promise<ActionState<Done>>;
};

type Definition<Context, Schema extends FormSchema, Done extends Strings> = {
  /** The form's fields, all of them: any other field is refused. */
  readonly input: Schema;
  /** Fields to show again when the form comes back; no passwords. */
  readonly echo?: readonly (keyof z.output<Schema> & string)[];
  readonly run: (context: Context & { readonly input: z.output<Schema> }) => Promise<ActionOutcome<Done>>;
};

/** What an action has that does not ask the payment provider: the compiler finds one that does without a limit. */
type LocalDeps = Omit<Deps, "gateway" | "plans">;

type CustomerContext<Limit> = {
  readonly customer: Customer;
  readonly deps: Limit extends WorkKind ? Deps : LocalDeps;
};

/**
 * For the signed-in; with `roles` only for members of the account in one of these roles. With `limit` a person may do
 * it 20 times a minute, all actions of that kind together, and only then it may ask the payment provider.
 */
export const customerAction = <
  Schema extends FormSchema,
  Done extends Strings = Strings,
  Limit extends WorkKind | undefined = undefined,
>(
  definition: Definition<CustomerContext<Limit>, Schema, Done> & {
    readonly roles?: readonly Role[];
    readonly limit?: Limit;
  },
): FormAction<Done> =>
  action(async (form) =>
    runAction<Customer, Schema, Done>({
      ...(await surroundings()),
      form,
      authenticate: auth,
      onSignedOut: await toSignIn(),
      mayRun: (customer) => definition.roles?.includes(customer.role) ?? true,
      input: definition.input,
      echo: definition.echo ?? [],
      refuse: definition.limit && refuseTooMuch(definition.limit),
      run: (input, customer) => {
        const run = () => definition.run({ input, customer, deps: deps() as CustomerContext<Limit>["deps"] });
        return definition.limit ? sayWhoseFault(run) : run();
      },
    }),
  );

/** That the provider did not answer, where it refused our key, is not for the customer to wait out. */
async function sayWhoseFault<Done extends Strings>(
  run: () => Promise<ActionOutcome<Done>>,
): Promise<ActionOutcome<Done>> {
  const { outcome, keyRefused } = await noticeRefusedKey(run);
  const isSilent = outcome.kind === "failed" && outcome.code === "provider_unavailable";
  return isSilent && keyRefused ? failed("payments_unavailable", PAYMENTS_UNAVAILABLE) : outcome;
}

/** What neither pays nor changes anything may be tried: it says by itself that there is no answer. */
const MAY_BE_PAUSED: readonly WorkKind[] = ["pay", "hosted", "change", "preview"];

const refuseTooMuch = (kind: WorkKind) => async (customer: Customer) => {
  if (MAY_BE_PAUSED.includes(kind) && !(await deps().access.isOpen()))
    return failed("payments_unavailable", PAYMENTS_UNAVAILABLE);
  const counted = await countWork(deps().db, customer.userId, kind);
  return counted.ok ? null : failed(counted.error.code, tooOftenSentence(counted.error));
};

/**
 * For operators at an open desk, 20 times a minute, all of them together. Whoever did not prove again who they are is led to
 * do so and back to the page whose form was sent; for everybody else there is nothing here. Nothing was done then.
 */
export const operatorAction = <Schema extends FormSchema, Done extends Strings = Strings>(
  definition: Definition<{ readonly operator: Customer; readonly deps: Deps }, Schema, Done>,
): FormAction<Done> =>
  action(async (form) => {
    const from = await pageOfForm();
    return runAction<Customer, Schema, Done>({
      ...(await surroundings()),
      form,
      authenticate: () => requireOperator(from),
      onSignedOut: notFound,
      mayRun: () => true,
      input: definition.input,
      echo: definition.echo ?? [],
      refuse: refuseTooMuch("operate"),
      run: (input, operator) => definition.run({ input, operator, deps: deps() }),
    });
  });

/** For everybody, signed in or not. */
export const publicAction = <Schema extends FormSchema, Done extends Strings = Strings>(
  definition: Definition<{ readonly deps: LocalDeps }, Schema, Done>,
): FormAction<Done> =>
  action(async (form) =>
    runAction<true, Schema, Done>({
      ...(await surroundings()),
      form,
      authenticate: async () => true,
      onSignedOut: notFound,
      mayRun: () => true,
      input: definition.input,
      echo: definition.echo ?? [],
      run: (input) => definition.run({ input, deps: deps() }),
    }),
  );

/** React calls an action with the previous state and the form, a plain form with the form alone. */
function action<Done extends Strings>(
  run: (form: unknown) => Promise<ActionOutcome<Done>>,
): FormAction<Done> {
  return (async (...given: unknown[]) => run(given.length > 1 ? given[1] : given[0])) as FormAction<Done>;
}

async function surroundings() {
  const sent = await headers();
  return {
    headers: sent,
    appUrl: env().APP_URL,
    onForeignOrigin: () => recordForeignOrigin(deps(), sent, "action"),
    onUnexpected: logUnexpected,
  };
}

function logUnexpected(error: unknown): string {
  const reference = randomBytes(6).toString("hex");
  deps().log.error({ err: error, reference }, "an action failed unexpectedly");
  return reference;
}

/** Back to the page whose form was sent, once signed in again. */
async function toSignIn(): Promise<() => never> {
  const path = await pageOfForm();
  return () => redirect(signInPath(path));
}

/** The path of the page whose form was sent, where the browser says it. */
async function pageOfForm(): Promise<string | undefined> {
  const referer = (await headers()).get("referer");
  const url = referer && URL.canParse(referer) ? new URL(referer) : null;
  return url ? url.pathname + url.search : undefined;
}
