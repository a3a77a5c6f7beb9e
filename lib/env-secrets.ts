/** Variables that are secrets as a whole; `STRIPE_WEBHOOK_SECRET` may hold two, and of `DATABASE_URL` and `SMTP_URL` the password is one. */
const SECRETS = [
  "AUTH_SECRET",
  "STRIPE_SECRET_KEY",
  "RECONCILE_ALERT_SECRET",
  "METRICS_TOKEN",
  "GITHUB_CLIENT_SECRET",
  "GOOGLE_CLIENT_SECRET",
] as const;
const WITH_PASSWORDS = ["DATABASE_URL", "SMTP_URL"] as const;

type Named = { readonly name: string; readonly value: string };
type Given = {
  readonly [name in (typeof SECRETS)[number] | "STRIPE_WEBHOOK_SECRET" | (typeof WITH_PASSWORDS)[number]]?:
    | string
    | undefined;
};

/** 32 random hexadecimal digits have fewer only once in 100 million times. */
const FEWEST_DIFFERENT = 8;
/** Stripe's own have 32 characters or more. */
const SHORTEST_LIVE_WEBHOOK_SECRET = 16;

/** Secrets that keep nothing secret, a sentence each: it names the variables and never a value. Empty when all are good. */
export function findBadSecrets(given: Given): string[] {
  const auth = given.AUTH_SECRET ?? "";
  const bad: string[] = [];
  if (auth !== "" && isRepetition(auth)) {
    bad.push("AUTH_SECRET: repeats a few characters; make one with `openssl rand -hex 32`");
  }
  const webhooks = listWebhookSecrets(given).map((each) => each.replace(/^whsec_/, ""));
  const live = /^(sk|rk)_live_/.test(given.STRIPE_SECRET_KEY ?? "");
  if (live && webhooks.some((each) => each.length < SHORTEST_LIVE_WEBHOOK_SECRET)) {
    bad.push("STRIPE_WEBHOOK_SECRET: is too short to be Stripe's; copy the endpoint's signing secret whole");
  }
  return [...bad, ...findTwice(namedSecrets(given))];
}

/** Whether a text is one short piece over and over, or has hardly any different characters. */
const isRepetition = (text: string): boolean =>
  new Set(text).size < FEWEST_DIFFERENT || /^(.{1,8})\1+$/s.test(text);

const listWebhookSecrets = (given: Given): string[] =>
  (given.STRIPE_WEBHOOK_SECRET ?? "").split(",").map((each) => each.trim());

function namedSecrets(given: Given): Named[] {
  const single = SECRETS.map((name) => ({ name, value: given[name] ?? "" }));
  const webhooks = listWebhookSecrets(given).map((value) => ({ name: "STRIPE_WEBHOOK_SECRET", value }));
  const whole = [...single, ...webhooks];
  const passwords = WITH_PASSWORDS.map((name) => {
    const url = given[name];
    return { name: `${name}'s password`, value: url && URL.canParse(url) ? new URL(url).password : "" };
  });
  return [...whole, ...passwords].filter(({ value }) => value !== "");
}

/** Whoever learns one of two that are the same has the other. */
function findTwice(secrets: readonly Named[]): string[] {
  return secrets.flatMap(({ name, value }, index) => {
    const other = secrets.slice(index + 1).find((each) => each.value === value);
    return other ? [`${name}: is the same as ${other.name}; give each a secret of its own`] : [];
  });
}
