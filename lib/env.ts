import { z } from "zod";
import { addressOf, type DatabaseAddress, findUrlFault } from "../db/address";
import { workerMode } from "../db/schema";
import { findTimeZone, isLocale } from "./auth/regional";
import type { Seller } from "./billing/documents/seller";
import { findDatabaseFaults } from "./env-database";
import { findBadSecrets } from "./env-secrets";
import { type LedgerLimits, USUAL_LIMITS } from "./ledger/limits";
import { cents, credits } from "./money/credits";
import { isPlainLine } from "./plain-text";

const text = z.string().trim().min(1);
const line = text.refine(isPlainLine, "must be one line of text");
const url = z.string().trim().url();
const email = z.string().trim().email();
const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const databaseUrl = text.superRefine((given, context) => {
  const fault = findUrlFault(given, false);
  if (fault) context.addIssue({ code: "custom", message: fault });
});
const wholeNumber = z.coerce.number().int();

const schema = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  APP_URL: url.default("http://localhost:3000"),
  /** These two are read by `lib/serve.mjs`, before the framework listens. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
  BIND_ADDRESS: text.optional(),
  NEXT_DEPLOYMENT_ID: text.regex(/^[\w-]{1,64}$/, "has at most 64 letters, digits, - and _").optional(),
  DATABASE_URL: databaseUrl,
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_CA_FILE: text.optional(),
  DATABASE_PREPARE: flag.default(true),
  DATABASE_POOL_MAX: z.coerce.number().int().min(2).max(200).default(10),
  SESSION_IDLE_HOURS: z.coerce.number().int().min(1).max(720).default(336),
  AUTH_SECRET: text.min(32, "needs at least 32 characters"),
  STRIPE_SECRET_KEY: text.regex(
    /^(sk|rk)_(test|live)_./,
    "must begin with sk_test_, sk_live_, rk_test_ or rk_live_, and go on",
  ),
  STRIPE_WEBHOOK_SECRET: text.regex(
    /^whsec_[^\s,]+(\s*,\s*whsec_[^\s,]+)?$/,
    "must begin with whsec_, and go on; at most two of them with a comma between",
  ),
  STRIPE_API_BASE: url.optional(),
  STRIPE_HOSTED_DOMAINS: text
    .toLowerCase()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)+(\s*,\s*[a-z0-9-]+(\.[a-z0-9-]+)+)*$/,
      "must be names of hosts with commas between, like pay.example.com",
    )
    .optional(),
  WORKER: z.enum(workerMode.enumValues).default("inline"),
  SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(25),
  CATALOG_FILE: text.optional(),
  API_REQUESTS_PER_SECOND: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  API_MAX_CREDITS_PER_CALL: wholeNumber
    .min(1)
    .max(1_000_000_000_000)
    .default(Number(USUAL_LIMITS.mostPerCall)),
  API_MAX_CAPTURE_TIMES_HOLD: wholeNumber.min(1).max(1_000).default(Number(USUAL_LIMITS.captureTimesHold)),
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).optional(),
  /** The older name for one of them. */
  TRUSTED_PROXY: flag.default(false),
  PRODUCT_NAME: text.max(40).default("Assistant"),
  SUPPORT_EMAIL: email.default("support@example.com"),
  SALES_EMAIL: email.optional(),
  SECURITY_CONTACT: z
    .union(
      [email, z.url({ protocol: /^https$/ })],
      "must be a mail address, or one that begins with https://",
    )
    .optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "must begin with smtp:// or smtps://" }).optional(),
  MAIL_FROM: email.optional(),
  SELLER_NAME: line.max(200).optional(),
  SELLER_ADDRESS: z
    .string()
    .transform((given) =>
      given
        .split(/\\n|\n/)
        .map((each) => each.trim())
        .filter(Boolean),
    )
    .refine(
      (lines) => lines.length > 0 && lines.length <= 8 && lines.every(isPlainLine),
      "must be 1 to 8 lines with \\n between",
    )
    .optional(),
  SELLER_TAX_ID: line.max(100).optional(),
  SELLER_TAX_TEXT: line.max(300).optional(),
  SELLER_TIME_ZONE: text
    .refine((zone) => findTimeZone(zone) === zone, "must be a zone like Europe/Berlin")
    .optional(),
  SELLER_LOCALE: text.refine(isLocale, "must be one of lib/auth/regional.ts, like en-US or de-DE").optional(),
  DOCUMENT_PREFIX: text.regex(/^[\w./-]{1,20}$/, "has at most 20 letters, digits and - . / _").optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  METRICS_TOKEN: text
    .min(32, "needs at least 32 characters")
    .regex(/^\S+$/, "must have no spaces")
    .optional(),
  METRICS_PORT: wholeNumber.min(1).max(65_535).optional(),
  METRICS_HOST: text.default("127.0.0.1"),
  RECONCILE_ALERT_URL: z.url({ protocol: /^https?$/, error: "must begin with https://" }).optional(),
  RECONCILE_ALERT_SECRET: text.min(32, "needs at least 32 characters").optional(),
  BUYING_IN_DISPUTE: z.enum(["paused", "allowed"]).default("paused"),
  /** At most the longest month: by then an order's credits have expired. */
  REFUND_WINDOW_HOURS: wholeNumber.min(0).max(744).default(0),
  OPERATOR_APPROVAL_CREDITS: wholeNumber.min(1).max(1_000_000_000_000_000).optional(),
  OPERATOR_APPROVAL_CENTS: wholeNumber.min(1).max(1_000_000_000_000).optional(),
  SIGN_UP: z.enum(["closed", "invited", "open"]).default("closed"),
  GITHUB_CLIENT_ID: text.optional(),
  GITHUB_CLIENT_SECRET: text.optional(),
  GOOGLE_CLIENT_ID: text.optional(),
  GOOGLE_CLIENT_SECRET: text.optional(),
});

/** What the setup of a Stripe account needs, and the look at one: the webhook's secret may come later, and with a database more is said. */
const setupSchema = schema
  .pick({
    APP_URL: true,
    STRIPE_SECRET_KEY: true,
    STRIPE_API_BASE: true,
    CATALOG_FILE: true,
    DATABASE_CA_FILE: true,
    DATABASE_PREPARE: true,
  })
  .extend({
    DATABASE_URL: databaseUrl.optional(),
    STRIPE_WEBHOOK_SECRET: schema.shape.STRIPE_WEBHOOK_SECRET.optional(),
  });

export type Env = Readonly<z.infer<typeof schema>>;
export type SetupEnv = Readonly<z.infer<typeof setupSchema>>;
export const ENV_NAMES = Object.keys(schema.shape) as (keyof Env)[];

/** The environment cannot run the product. The message names every variable that is wrong, never a value. */
export class BadEnvironment extends Error {
  override name = "BadEnvironment";
}

type Source = Readonly<Record<string, string | undefined>>;

/** Reads and checks the environment as a whole. Throws `BadEnvironment` naming each wrong variable. */
export const parseEnv = (source: Source): Env =>
  parse(schema, source, (env) => [...stripeContradictions(env), ...contradictions(env)]);

/** The same of what the setup of Stripe needs alone. */
export const parseSetupEnv = (source: Source): SetupEnv => parse(setupSchema, source, stripeContradictions);

const NO_APP_URL = "APP_URL: must be set in production, to the address customers reach";

function parse<T>(shape: z.ZodType<T>, source: Source, contradictionsOf: (env: T) => string[]): T {
  // A line `NAME=` in a file means "not set".
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = shape.safeParse(given);
  const missing = given.NODE_ENV === "production" && given.APP_URL === undefined ? [NO_APP_URL] : [];
  if (!parsed.success || missing.length > 0) {
    const issues =
      parsed.error?.issues.map(({ path, message }) => {
        const name = path.join(".");
        return `${name}: ${given[name] === undefined ? "is not set" : message}`;
      }) ?? [];
    const lines = [...missing, ...issues];
    throw new BadEnvironment(`The environment is not complete:\n  ${lines.join("\n  ")}`);
  }
  const wrong = contradictionsOf(parsed.data);
  if (wrong.length > 0)
    throw new BadEnvironment(`The environment contradicts itself:\n  ${wrong.join("\n  ")}`);
  return parsed.data;
}

/** Which of a Stripe account's two worlds a key belongs to; the key itself says so. */
export const isLiveKey = (secretKey: string): boolean => /^(sk|rk)_live_/.test(secretKey);

/** The signing secrets of webhooks, the newest first. */
export const webhookSecretsOf = ({ STRIPE_WEBHOOK_SECRET }: Pick<Env, "STRIPE_WEBHOOK_SECRET">): string[] =>
  STRIPE_WEBHOOK_SECRET.split(",").map((each) => each.trim());

/** Hosts of the operator's own at which Stripe serves its hosted pages. */
export const hostedDomainsOf = ({ STRIPE_HOSTED_DOMAINS }: Pick<Env, "STRIPE_HOSTED_DOMAINS">): string[] =>
  STRIPE_HOSTED_DOMAINS?.split(",").map((each) => each.trim()) ?? [];

function stripeContradictions(env: SetupEnv): string[] {
  const wrong: string[] = [];
  const live = isLiveKey(env.STRIPE_SECRET_KEY);
  if (live && env.STRIPE_API_BASE) {
    wrong.push(
      "STRIPE_API_BASE: a live STRIPE_SECRET_KEY must not be sent to anything but Stripe; remove one of them",
    );
  }
  if (live && !env.APP_URL.startsWith("https://")) {
    wrong.push("APP_URL: must begin with https:// when STRIPE_SECRET_KEY is a live key");
  }
  return wrong;
}

function contradictions(env: Env): string[] {
  const wrong = findBadSecrets(env);
  if (env.TRUSTED_PROXY && env.TRUSTED_PROXIES === 0) {
    wrong.push("TRUSTED_PROXY: is the older name for TRUSTED_PROXIES=1, which says 0; remove it");
  }
  for (const name of ["GITHUB", "GOOGLE"] as const) {
    if (Boolean(env[`${name}_CLIENT_ID`]) !== Boolean(env[`${name}_CLIENT_SECRET`])) {
      wrong.push(`${name}_CLIENT_ID: needs ${name}_CLIENT_SECRET beside it, and the other way round`);
    }
  }
  if (env.METRICS_PORT && !isHere(env.METRICS_HOST) && !env.METRICS_TOKEN)
    wrong.push("METRICS_HOST: an address that others reach needs METRICS_TOKEN beside it");
  return [...wrong, ...findDatabaseFaults(env), ...alarmContradictions(env), ...sellerContradictions(env)];
}

/** Whether nobody but this machine reaches an address. */
const isHere = (host: string): boolean => ["localhost", "127.0.0.1", "[::1]", "::1"].includes(host);

function alarmContradictions({ NODE_ENV, RECONCILE_ALERT_URL, RECONCILE_ALERT_SECRET }: Env): string[] {
  if (Boolean(RECONCILE_ALERT_URL) !== Boolean(RECONCILE_ALERT_SECRET))
    return ["RECONCILE_ALERT_URL: needs RECONCILE_ALERT_SECRET beside it, and the other way round"];
  if (!RECONCILE_ALERT_URL || NODE_ENV !== "production") return [];
  const { protocol, hostname } = new URL(RECONCILE_ALERT_URL);
  return protocol === "https:" || isHere(hostname)
    ? []
    : ["RECONCILE_ALERT_URL: must begin with https:// in production, unless it is localhost"];
}

/** What only says more of a seller who must have a name. */
const OF_THE_SELLER = [
  "SELLER_ADDRESS",
  "SELLER_TAX_ID",
  "SELLER_TAX_TEXT",
  "SELLER_TIME_ZONE",
  "SELLER_LOCALE",
  "DOCUMENT_PREFIX",
] as const;

function sellerContradictions(env: Env): string[] {
  if (env.SELLER_NAME)
    return env.SELLER_ADDRESS ? [] : ["SELLER_ADDRESS: an invoice needs it beside SELLER_NAME"];
  return OF_THE_SELLER.filter((name) => env[name]).map((name) => `${name}: needs SELLER_NAME beside it`);
}

// The framework may load this module more than once; what one process goes by is one.
const kept = globalThis as typeof globalThis & { refillEnv?: Env | undefined };

/** The checked environment of this process. */
export function env(): Env {
  kept.refillEnv ??= parseEnv(process.env);
  return kept.refillEnv;
}

/** Variables of earlier versions, and what became of them. */
const IN_CATALOG = (field: string) => `${field} of the catalog (docs/catalog.md) says that now; remove it`;
const FORMER: Readonly<Record<string, string>> = {
  MIN_PURCHASE_CENTS: IN_CATALOG("purchase_cents.min"),
  MAX_PURCHASE_CENTS: IN_CATALOG("purchase_cents.max"),
  STARTER_ANNUAL_PRICE_CENTS: IN_CATALOG("prices_cents.year"),
  PREMIUM_ANNUAL_PRICE_CENTS: IN_CATALOG("prices_cents.year"),
  LEDGER_ONE_ACCOUNT_PER_TRANSACTION:
    "whether accounts lie in shards is read from the database, and this variable no longer; remove it",
};

/** One sentence for each variable that is set and no longer read. */
export const noLongerRead = (source: Source = process.env): string[] =>
  Object.entries(FORMER).flatMap(([name, sentence]) => (source[name] ? [`${name}: ${sentence}`] : []));

/** How the application reaches its database. */
export const databaseAddress = (
  settings: Pick<Env, "DATABASE_URL" | "DATABASE_CA_FILE" | "DATABASE_PREPARE">,
): DatabaseAddress => addressOf(settings.DATABASE_URL, settings);

/** The same past any pooler, for what listens and for jobs. */
export function directAddress(): DatabaseAddress {
  const settings = env();
  return addressOf(settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL, {
    ...settings,
    DATABASE_PREPARE: true,
  });
}

/** The owner of the tables, for commands that do what the application may not; undefined where it is not set. */
export function databaseOwner(): DatabaseAddress | undefined {
  const { DATABASE_OWNER_URL: url, DATABASE_CA_FILE } = process.env;
  return url ? addressOf(url, { DATABASE_CA_FILE }) : undefined;
}

/** Where the catalog is, for commands that need no more of the environment; undefined: where it usually is. */
export const catalogFile = (): string | undefined => process.env.CATALOG_FILE || undefined;

/** The checked part of it that the setup of Stripe needs. */
export const setupEnv = (): SetupEnv => parseSetupEnv(process.env);

/** How many proxies stand between a customer and this process, each of which writes its caller into X-Forwarded-For. */
export const trustedProxies = ({ TRUSTED_PROXIES, TRUSTED_PROXY }: Env): number =>
  TRUSTED_PROXIES ?? (TRUSTED_PROXY ? 1 : 0);

/** Who sells, as documents say it; null where nobody is configured, and then there are none. */
export function sellerOf(env: Env): Seller | null {
  const { SELLER_NAME: name, SELLER_ADDRESS: address } = env;
  if (!name || !address) return null;
  return {
    name,
    address,
    taxId: env.SELLER_TAX_ID ?? null,
    taxText: env.SELLER_TAX_TEXT ?? null,
    timeZone: env.SELLER_TIME_ZONE ?? "UTC",
    locale: env.SELLER_LOCALE ?? "en-US",
    series: env.DOCUMENT_PREFIX ?? "INV-",
  };
}

/** Where alarms of the reconciliation go; null: nowhere, they are in the log and in health. */
export const alarmOf = ({ RECONCILE_ALERT_URL: url, RECONCILE_ALERT_SECRET: secret }: Env) =>
  url && secret ? { url, secret } : null;

/** Where the worker serves metrics; null: nowhere. */
export const metricsPortOf = ({ METRICS_PORT: port, METRICS_HOST: host, METRICS_TOKEN: token }: Env) =>
  port === undefined ? null : { port, host, token: token ?? null };

/** From which amounts on a second operator has to agree; null: from none. */
export const approvalsOf = (env: Env) => ({
  credits: env.OPERATOR_APPROVAL_CREDITS ? credits(BigInt(env.OPERATOR_APPROVAL_CREDITS)) : null,
  cents: env.OPERATOR_APPROVAL_CENTS ? cents(BigInt(env.OPERATOR_APPROVAL_CENTS)) : null,
});

/** What one request to the API may move. */
export const ledgerLimitsOf = (env: Env): LedgerLimits => ({
  ...USUAL_LIMITS,
  mostPerCall: credits(BigInt(env.API_MAX_CREDITS_PER_CALL)),
  captureTimesHold: BigInt(env.API_MAX_CAPTURE_TIMES_HOLD),
});
