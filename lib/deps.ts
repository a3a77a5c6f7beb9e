import { connect, type Database } from "../db/client";
import { createCycleOpener } from "./billing/allowances/cycles/opener";
import type { DocumentDeps } from "./billing/documents/seller";
import type { ProviderRecords } from "./billing/provider-records";
import { syncSubscription } from "./billing/subscriptions/sync";
import type { Told } from "./billing/told";
import type { ContactMailDeps } from "./contact/mail-contact";
import {
  alarmOf,
  databaseAddress,
  type Env,
  env,
  isLiveKey,
  ledgerLimitsOf,
  noLongerRead,
  sellerOf,
} from "./env";
import { type Batcher, type BatcherOptions, createBatcher } from "./ledger/batcher";
import { foldUsage } from "./ledger/fold-usage";
import { createLogger, type Logger, logSeldom } from "./log";
import { logMoney } from "./log-money";
import type { MailDeps } from "./mail/deliver";
import { createSign } from "./mail/sign";
import { createMailer } from "./mail/smtp";
import { countStripeRequest } from "./metrics/count-stripe";
import { countTold } from "./metrics/count-told";
import { meterBatcher } from "./metrics/meter-batcher";
import { series } from "./metrics/series";
import { readCatalog } from "./read-catalog";
import type { AlarmTarget } from "./reconciliation/alarm";
import { type Access, createAccess } from "./stripe/access/access";
import { createStripe } from "./stripe/client";
import { createStripeGateway } from "./stripe/gateway";
import { createPace } from "./stripe/pace";
import { createStripePlanGateway } from "./stripe/plan-gateway";
import { createStripeRecords } from "./stripe/records";
import { databaseSpans } from "./trace";

/** What background jobs need of it. */
export type WorkerDeps = DocumentDeps &
  ContactMailDeps &
  MailDeps & {
    readonly log: Logger;
    readonly records: ProviderRecords;
    /** Where alarms of the reconciliation go; nowhere where there is none. */
    readonly alarmTo?: AlarmTarget | null;
  };
export type Deps = WorkerDeps & {
  readonly batcher: Batcher;
  /** Whether Stripe is asked at all, and why not. */
  readonly access: Access;
};

// Development reloads modules; one pool must outlive them all, or connections run out.
const kept = globalThis as typeof globalThis & { refillDeps?: Deps };

/** The real things, wired once per process from the environment. */
export function deps(): Deps {
  kept.refillDeps ??= wire();
  return kept.refillDeps;
}

/**
 * The same for what runs in the background and nobody waits for: its calls to Stripe take turns with those of all other
 * processes, so that people's go through.
 */
export function backgroundDeps(door: Access = deps().access): WorkerDeps {
  const real = deps();
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env();
  const pace = createPace(real.db);
  return {
    ...real,
    ...askStripe(createStripe({ secretKey, apiBase, door, pace, onSent: countStripeRequest })),
  };
}

/** The same while everybody else asks Stripe nothing, because this database has to be brought up to date first. */
export function recoveryDeps(): { readonly deps: WorkerDeps; readonly access: Access } {
  const { db, log } = deps();
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env();
  const access = createAccess({
    secretKey,
    apiBase,
    db,
    log,
    live: isLiveKey(secretKey),
    alsoRecovering: true,
  });
  return { deps: backgroundDeps(access), access };
}

const askStripe = (stripe: ReturnType<typeof createStripe>) => ({
  gateway: createStripeGateway(stripe),
  plans: createStripePlanGateway(stripe),
  records: createStripeRecords(stripe),
});

/** Said once by whoever serves or works for long: what is configured so that a part of the product is off. */
export function sayWhatIsOff({ seller, log }: Pick<Deps, "seller" | "log">): void {
  if (!seller) log.warn({}, "SELLER_NAME is not set: no invoices are made for orders (docs/documents.md)");
}

function wire(): Deps {
  const settings = env();
  readCatalog(settings.CATALOG_FILE);
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = settings;
  const key = { secretKey, apiBase, onSent: countStripeRequest };
  const db = connect(databaseAddress(settings), {
    max: settings.DATABASE_POOL_MAX,
    spans: databaseSpans,
  });
  const log = createLogger(settings.LOG_LEVEL);
  db.onCommitted = (event) => {
    countTold(event as Told);
    logMoney(log, event as Told);
  };
  const access = createAccess({ ...key, db, log, live: isLiveKey(key.secretKey) });
  const stripe = createStripe({ ...key, door: access, others: createPace(db) });
  for (const sentence of noLongerRead()) log.warn({}, sentence);
  const openRunningCycle = createCycleOpener(db, log);
  const seller = sellerOf(settings);
  return {
    db,
    seller,
    openRunningCycle,
    syncSubscription,
    buysInDispute: settings.BUYING_IN_DISPUTE === "allowed",
    ...askStripe(stripe),
    alarmTo: alarmOf(settings),
    log,
    access,
    ...wireMail(settings, log),
    batcher: wireBatcher(db, { log, open: openRunningCycle, limits: ledgerLimitsOf(settings) }),
    appUrl: new URL(settings.APP_URL).origin,
  };
}

function wireBatcher(
  db: Database,
  { log, ...options }: Pick<BatcherOptions, "open" | "limits"> & { log: Logger },
): Batcher {
  const { batchSize } = series();
  return meterBatcher(
    createBatcher(db, {
      ...options,
      onBatch: (commands) => batchSize.observe(commands),
      onTrouble: logSeldom(log, "a batch of spends was not committed the quick way, and is tried in another"),
      onManyEntries: { every: ENTRIES_TO_FOLD, tell: foldBeside(db, log) },
    }),
  );
}

function wireMail(
  settings: Env,
  log: Logger,
): Pick<WorkerDeps, "mailer" | "salesEmail" | "letterhead" | "sign"> {
  const { SMTP_URL, MAIL_FROM, SALES_EMAIL, SUPPORT_EMAIL, PRODUCT_NAME, AUTH_SECRET } = settings;
  const from = { name: PRODUCT_NAME, address: MAIL_FROM ?? SUPPORT_EMAIL };
  return {
    mailer: createMailer({ smtpUrl: SMTP_URL ?? null, from, log }),
    salesEmail: SALES_EMAIL ?? SUPPORT_EMAIL,
    letterhead: {
      productName: PRODUCT_NAME,
      supportEmail: SUPPORT_EMAIL,
      hasInvoices: sellerOf(settings) !== null,
      pausesBuyingInDispute: settings.BUYING_IN_DISPUTE !== "allowed",
    },
    sign: createSign(AUTH_SECRET),
  };
}

/** An account that spends so much between two runs of the job would make its next reader wait. */
const ENTRIES_TO_FOLD = 50_000n;

function foldBeside(db: Database, log: Logger): (accountId: string) => void {
  const folding = new Set<string>();
  return (accountId) => {
    if (folding.has(accountId)) return;
    folding.add(accountId);
    foldUsage(db, accountId)
      .catch((error: unknown) => log.warn({ err: error, accountId }, "usage was not added up; the job will"))
      .finally(() => folding.delete(accountId));
  };
}
