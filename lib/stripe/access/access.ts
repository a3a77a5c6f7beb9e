import Stripe from "stripe";
import type { Database } from "../../../db/client";
import type { Logger } from "../../log";
import { isMissing } from "../ask";
import { createStripe, type StripeSettings } from "../client";
import { type Belonging, compareWithDatabase, findBelonging, isStopped, type KeyOwner } from "./belonging";
import { type Doorkeeper, NotSent } from "./http";

/** Why nothing is asked of Stripe. */
export type PausedFor =
  /** Nobody has asked yet whose key it is. */
  | "not_asked"
  /** Neither Stripe nor the database said whether they belong together. */
  | "no_answer"
  | "another_account"
  | "forgetting"
  /** The database is older than what Stripe took: `npm run recover`. */
  | "recovering"
  /** 401: revoked, expired or mistyped. */
  | "key_refused";

export type AccessState = {
  /** Null: Stripe is asked. */
  readonly pausedFor: PausedFor | null;
  /** What this key was not allowed to do when it was last tried (403), as `POST /v1/refunds`; part of the product does not work. */
  readonly notAllowed: readonly string[];
};

/** What saying how a payment stands takes: it is not known of one that waits while this may not be read. */
const OF_PAYMENTS = /^\w+ \/v1\/(payment_intents|invoices|subscriptions|customers|prices)\b/;

/** Whether it can be seen at all how a payment stands that has no answer yet. */
export const seesPayments = ({ pausedFor, notAllowed }: AccessState): boolean =>
  pausedFor === null && !notAllowed.some((what) => OF_PAYMENTS.test(what));

export type Access = Doorkeeper & {
  state(): AccessState;
  /** Asks Stripe and the database whether they belong together. A sentence where they definitely do not, else null. */
  check(): Promise<string | null>;
  /** Whether Stripe is asked, for somebody who wants something of it: where it was not known a moment ago, that is asked anew. */
  isOpen(): Promise<boolean>;
  /** Checks again from time to time, without keeping the process alive: until it is known, and whether the key still works. */
  watch(): void;
};

export type AccessOptions = StripeSettings & {
  readonly db: Database;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly live: boolean;
  readonly timeoutMs?: number;
  readonly againMs?: number;
  /** For who brings back what the database has lost: Stripe is asked while nobody else asks it. */
  readonly alsoRecovering?: boolean;
};

const CHECK_AGAIN_MS = 15_000;
const CHECK_OPEN_MS = 600_000;
/** So often who waits for it may have it asked. */
const CHECK_SOON_MS = 2_000;
const PATIENCE_MS = 3_000;

/**
 * Whether this process may ask Stripe at all: only with a key of the account and mode that the database belongs to.
 * Until that is known nothing is sent, so that no id of one account is ever looked up in another, where it is "missing".
 */
export function createAccess(options: AccessOptions): Access {
  const { log } = options;
  // A client of its own, without anybody at the door.
  const stripe = createStripe({ ...options, timeoutMs: options.timeoutMs ?? PATIENCE_MS, networkRetries: 1 });
  const pause = createPause(log);
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<string | null> | null = null;
  const lacking = createLacking(log);
  const tellOfMode = once(() =>
    log.warn(
      {},
      "this key may not read its account (GET /v1/account): its mode alone is compared with the database's",
    ),
  );
  const ask = async (): Promise<string | null> => {
    const found = await whose(stripe, options, tellOfMode).catch((error: unknown): Answer => {
      return { kind: "no_answer", sentence: `it is not known whose key it is (${nameOf(error)})` };
    });
    checkedAt = performance.now();
    return judge(found.kind === "recovering" && options.alsoRecovering ? { kind: "ours" } : found, pause);
  };
  const check = () => {
    checking ??= ask().finally(() => {
      checking = null;
    });
    return checking;
  };

  const isOpen = async () => {
    if (pause.why() !== null && performance.now() - checkedAt > CHECK_SOON_MS) await check();
    return pause.why() === null;
  };

  return {
    isOpen,
    state: () => ({ pausedFor: pause.why(), notAllowed: lacking.list() }),
    check,
    watch() {
      const look = async () => {
        const isDue = pause.why() !== null || performance.now() - checkedAt > CHECK_OPEN_MS;
        // Another process may have found out that nothing may be sold from this database.
        if (isDue || (await isStopped(options.db))) await check();
      };
      const again = () =>
        void setTimeout(
          () =>
            void look()
              .catch(() => null)
              .then(again),
          options.againMs ?? CHECK_AGAIN_MS,
        ).unref();
      again();
    },
    async admit() {
      if (!(await isOpen())) throw new NotSent(pause.why() ?? "not_asked");
    },
    heard({ method, path }, status) {
      if (status === 401) return pause.start("key_refused", REFUSED);
      lacking.heard(`${method} ${withoutIds(path)}`, status);
    },
  };
}

/** Pauses or goes on by what was found; a sentence where key and database definitely do not belong together. */
function judge(found: Answer, pause: ReturnType<typeof createPause>): string | null {
  switch (found.kind) {
    case "ours":
      pause.end();
      return null;
    case "another":
      pause.start("another_account", found.sentence);
      return found.sentence;
    case "forgetting":
      pause.start("forgetting", found.sentence);
      return found.sentence;
    case "recovering":
      pause.start("recovering", found.sentence);
      return null;
    default:
      // What was known stays so: that Stripe is silent says nothing against it.
      if (found.kind === "key_refused" || pause.why() !== null) pause.start(found.kind, found.sentence);
      return null;
  }
}

function once(tell: () => void): () => void {
  let told = false;
  return () => {
    if (!told) tell();
    told = true;
  };
}

type Log = AccessOptions["log"];

/** Whether Stripe is asked, and why not; said once each time it changes. */
function createPause(log: Log) {
  let pausedFor: PausedFor | null = "not_asked";
  return {
    why: () => pausedFor,
    start(why: PausedFor, sentence: string) {
      if (pausedFor === why) return;
      pausedFor = why;
      log.error({ why }, `payments and plan changes are paused: ${sentence}`);
    },
    end() {
      if (pausedFor !== null && pausedFor !== "not_asked")
        log.info({}, "payments and plan changes work again");
      pausedFor = null;
    },
  };
}

/** What the key was not allowed to do when it was last tried; each is said once until it is allowed. */
function createLacking(log: Log) {
  const lacking = new Set<string>();
  return {
    list: () => [...lacking].sort(),
    heard(what: string, status: number) {
      if (status === 403 && !lacking.has(what)) {
        lacking.add(what);
        log.error(
          { what },
          "the Stripe key lacks a right: allow it in Stripe's dashboard (.env.example lists what is needed)",
        );
      } else if (status < 400) lacking.delete(what);
    },
  };
}

const REFUSED =
  "STRIPE_SECRET_KEY is not accepted by Stripe any more; put a valid one into the environment and start again";

type Answer = Belonging | { readonly kind: "no_answer" | "key_refused"; readonly sentence: string };

/** Reads the account off Stripe and compares. A key that may not read it is compared by its mode alone. Throws what the database throws. */
async function whose(stripe: Stripe, { db, live }: AccessOptions, tellOfMode: () => void): Promise<Answer> {
  let owner: KeyOwner;
  try {
    owner = { accountId: (await stripe.accounts.retrieveCurrent()).id, live };
  } catch (error) {
    if (error instanceof Stripe.errors.StripeAuthenticationError)
      return { kind: "key_refused", sentence: REFUSED };
    owner = { accountId: null, live };
    if (!(error instanceof Stripe.errors.StripePermissionError)) {
      // The key itself says its mode, and Stripe's silence makes no other one of it.
      const known = await findBelonging(db, owner);
      if (known?.kind === "another") return known;
      throw error;
    }
    tellOfMode();
  }
  return compareWithDatabase(db, owner, (customerIds) => knowsAny(stripe, customerIds));
}

/** A customer that was deleted is still known; what is not to be read for another reason says nothing against it. */
async function knowsAny(stripe: Stripe, customerIds: readonly string[]): Promise<boolean> {
  for (const id of customerIds) {
    try {
      await stripe.customers.retrieve(id);
      return true;
    } catch (error) {
      if (error instanceof Stripe.errors.StripePermissionError) return true;
      if (!isMissing(error)) throw error;
    }
  }
  return false;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");

// An id in a path is whatever has letters, an underscore, and then a capital or a digit: `pi_1`.
const withoutIds = (path: string): string =>
  (path.split("?")[0] ?? "").replaceAll(/\/[a-z]+_(?=\w*[A-Z0-9])\w+/g, "/*");
