import { z } from "zod";

const text = z.string().trim().min(1);
const url = z.string().trim().url();
const email = z.string().trim().email();
const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const centsText = z.coerce.number().int();

const schema = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  APP_URL: url.default("http://localhost:3000"),
  DATABASE_URL: url,
  DATABASE_POOL_MAX: z.coerce.number().int().min(2).max(200).default(10),
  AUTH_SECRET: text.min(32, "needs at least 32 characters"),
  STRIPE_SECRET_KEY: text.regex(
    /^(sk|rk)_(test|live)_/,
    "must begin with sk_test_, sk_live_, rk_test_ or rk_live_",
  ),
  STRIPE_WEBHOOK_SECRET: text.regex(/^whsec_/, "must begin with whsec_"),
  STRIPE_API_BASE: url.optional(),
  WORKER: z.enum(["inline", "separate"]).default("inline"),
  MIN_PURCHASE_CENTS: centsText.min(50, "Stripe charges no less than 50 cents").default(100),
  MAX_PURCHASE_CENTS: centsText
    .max(99_999_999, "Stripe charges no more than 99999999 cents")
    .default(1_000_000),
  LEDGER_ONE_ACCOUNT_PER_TRANSACTION: flag.default(false),
  API_REQUESTS_PER_SECOND: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  TRUSTED_PROXY: flag.default(false),
  PRODUCT_NAME: text.max(40).default("Assistant"),
  SUPPORT_EMAIL: email.default("support@example.com"),
  SALES_EMAIL: email.optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "must begin with smtp:// or smtps://" }).optional(),
  MAIL_FROM: email.optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  GITHUB_CLIENT_ID: text.optional(),
  GITHUB_CLIENT_SECRET: text.optional(),
  GOOGLE_CLIENT_ID: text.optional(),
  GOOGLE_CLIENT_SECRET: text.optional(),
});

export type Env = Readonly<z.infer<typeof schema>>;
export const ENV_NAMES = Object.keys(schema.shape) as (keyof Env)[];

/** The environment cannot run the product. The message names every variable that is wrong, never a value. */
export class BadEnvironment extends Error {
  override name = "BadEnvironment";
}

/** Reads and checks the environment as a whole. Throws `BadEnvironment` naming each wrong variable. */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  // A line `NAME=` in a file means "not set".
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new BadEnvironment(`The environment is not complete:\n  ${lines.join("\n  ")}`);
  }
  const wrong = contradictions(parsed.data);
  if (wrong.length > 0)
    throw new BadEnvironment(`The environment contradicts itself:\n  ${wrong.join("\n  ")}`);
  return parsed.data;
}

function contradictions(env: Env): string[] {
  const wrong: string[] = [];
  const live = /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY);
  if (live && env.STRIPE_API_BASE) {
    wrong.push(
      "STRIPE_API_BASE: a live STRIPE_SECRET_KEY must not be sent to anything but Stripe; remove one of them",
    );
  }
  if (live && !env.APP_URL.startsWith("https://")) {
    wrong.push("APP_URL: must begin with https:// when STRIPE_SECRET_KEY is a live key");
  }
  if (env.MIN_PURCHASE_CENTS > env.MAX_PURCHASE_CENTS) {
    wrong.push("MIN_PURCHASE_CENTS: must not be more than MAX_PURCHASE_CENTS");
  }
  for (const name of ["GITHUB", "GOOGLE"] as const) {
    if (Boolean(env[`${name}_CLIENT_ID`]) !== Boolean(env[`${name}_CLIENT_SECRET`])) {
      wrong.push(`${name}_CLIENT_ID: needs ${name}_CLIENT_SECRET beside it, and the other way round`);
    }
  }
  return wrong;
}

let read: Env | undefined;

/** The checked environment of this process. */
export function env(): Env {
  read ??= parseEnv(process.env);
  return read;
}
