import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  BadEnvironment,
  ENV_NAMES,
  noLongerRead,
  parseEnv,
  parseSetupEnv,
  sellerOf,
  trustedProxies,
} from "./env";

const good = {
  NODE_ENV: "production",
  APP_URL: "https://billing.example.com",
  DATABASE_URL: "postgres://app:secret@localhost/refill",
  AUTH_SECRET: "0123456789abcdef0123456789abcdef",
  STRIPE_SECRET_KEY: "sk_test_123",
  STRIPE_WEBHOOK_SECRET: "whsec_123",
};
const SELLER = { SELLER_NAME: "Example Ltd", SELLER_ADDRESS: "1 Example Street\\n London N1 1AA\n" };
const messageOf = (source: Record<string, string | undefined>): string => {
  try {
    parseEnv(source);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(BadEnvironment);
    return (error as Error).message;
  }
};

it("says who sells, with the formats of documents, or that nobody does", () => {
  expect(sellerOf(parseEnv(good))).toBeNull();
  expect(sellerOf(parseEnv({ ...good, ...SELLER }))).toEqual({
    name: "Example Ltd",
    address: ["1 Example Street", "London N1 1AA"],
    taxId: null,
    taxText: null,
    timeZone: "UTC",
    locale: "en-US",
    series: "INV-",
  });
});

const READ_BY_THE_BUILD = ["NEXT_SERVER_ACTIONS_ENCRYPTION_KEY"];

describe("the environment", () => {
  it("is taken when it is complete, with sensible defaults", () => {
    expect(parseEnv(good)).toMatchObject({
      WORKER: "inline",
    });
  });

  it.each(["DATABASE_URL", "AUTH_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])(
    "is refused without %s, and when it is empty",
    (name) => {
      expect(messageOf({ ...good, [name]: undefined })).toContain(name);
      expect(messageOf({ ...good, [name]: "" })).toContain(name);
      expect(messageOf({ ...good, [name]: "   " })).toContain(name);
    },
  );

  it.each([
    [{ STRIPE_SECRET_KEY: "sk_live_1", STRIPE_API_BASE: "http://127.0.0.1:12111" }, "STRIPE_API_BASE"],
    [{ STRIPE_SECRET_KEY: "rk_live_1", STRIPE_API_BASE: "https://example.com" }, "STRIPE_API_BASE"],
    [{ STRIPE_SECRET_KEY: "sk_live_1", APP_URL: "http://billing.example.com" }, "APP_URL"],
    [{ STRIPE_SECRET_KEY: "pk_test_1" }, "STRIPE_SECRET_KEY"],
    [{ SELLER_NAME: "Example Ltd" }, "SELLER_ADDRESS"],
    [{ SELLER_TAX_ID: "GB1" }, "SELLER_TAX_ID: needs SELLER_NAME"],
    [{ DOCUMENT_PREFIX: "R-" }, "DOCUMENT_PREFIX: needs SELLER_NAME"],
    [{ ...SELLER, SELLER_ADDRESS: "\\n" }, "SELLER_ADDRESS"],
    [{ ...SELLER, SELLER_NAME: "a\u202eb" }, "SELLER_NAME"],
    [{ ...SELLER, SELLER_TIME_ZONE: "Mars/Olympus" }, "SELLER_TIME_ZONE"],
    [{ ...SELLER, SELLER_LOCALE: "xx" }, "SELLER_LOCALE"],
    [{ ...SELLER, DOCUMENT_PREFIX: "a b" }, "DOCUMENT_PREFIX"],
    [{ AUTH_SECRET: "short" }, "AUTH_SECRET"],
    [{ AUTH_SECRET: "0".repeat(64) }, "AUTH_SECRET"],
    [{ AUTH_SECRET: "01020304".repeat(4) }, "AUTH_SECRET"],
    [{ AUTH_SECRET: "changeme".repeat(8) }, "AUTH_SECRET"],
    [
      {
        AUTH_SECRET: `whsec_${"0f1e2d3c4b5a6978"}0123456789`,
        STRIPE_WEBHOOK_SECRET: `whsec_${"0f1e2d3c4b5a6978"}0123456789`,
      },
      "AUTH_SECRET",
    ],
    [
      {
        AUTH_SECRET: "sk_test_0f1e2d3c4b5a69780123456789",
        STRIPE_SECRET_KEY: "sk_test_0f1e2d3c4b5a69780123456789",
      },
      "AUTH_SECRET",
    ],
    [{ DATABASE_URL: "postgres://app:0123456789abcdef0123456789abcdef@localhost/refill" }, "DATABASE_URL"],
    [{ STRIPE_SECRET_KEY: "sk_test_" }, "STRIPE_SECRET_KEY"],
    [{ STRIPE_WEBHOOK_SECRET: "whsec_" }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_HOSTED_DOMAINS: "https://pay.example.com" }, "STRIPE_HOSTED_DOMAINS"],
    [{ STRIPE_HOSTED_DOMAINS: "pay.example.com,*" }, "STRIPE_HOSTED_DOMAINS"],
    [{ STRIPE_WEBHOOK_SECRET: "123" }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_WEBHOOK_SECRET: "whsec_1," }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_WEBHOOK_SECRET: "whsec_1, ,whsec_2" }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_WEBHOOK_SECRET: "whsec_1,whsec_2,whsec_3" }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_WEBHOOK_SECRET: "whsec_1,whsec_1" }, "STRIPE_WEBHOOK_SECRET"],
    [
      { STRIPE_SECRET_KEY: "sk_live_1", STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdef,whsec_short" },
      "STRIPE_WEBHOOK_SECRET",
    ],
    [{ STRIPE_SECRET_KEY: "sk_live_1", STRIPE_WEBHOOK_SECRET: "whsec_short" }, "STRIPE_WEBHOOK_SECRET"],
    [{ APP_URL: undefined }, "APP_URL"],
    [{ SHUTDOWN_GRACE_SECONDS: "0" }, "SHUTDOWN_GRACE_SECONDS"],
    [{ REFUND_WINDOW_HOURS: "-1" }, "REFUND_WINDOW_HOURS"],
    [{ REFUND_WINDOW_HOURS: "1.5" }, "REFUND_WINDOW_HOURS"],
    [{ REFUND_WINDOW_HOURS: "745" }, "REFUND_WINDOW_HOURS"],
    [{ GITHUB_CLIENT_ID: "x" }, "GITHUB_CLIENT_ID"],
    [{ WORKER: "sometimes" }, "WORKER"],
    [{ SMTP_URL: "https://mail.example.com/sk_live_1" }, "SMTP_URL"],
    [{ SMTP_URL: "mail.example.com:25" }, "SMTP_URL"],
    [{ MAIL_FROM: "Someone <a@example.com>" }, "MAIL_FROM"],
    [{ RECONCILE_ALERT_URL: "https://alarms.example.com" }, "RECONCILE_ALERT_URL"],
    [
      {
        NODE_ENV: "production",
        RECONCILE_ALERT_URL: "http://alarms.example.com",
        RECONCILE_ALERT_SECRET: "0123456789abcdef0123456789abcdef",
      },
      "RECONCILE_ALERT_URL: must begin with https",
    ],
    [{ SALES_EMAIL: "a@example.com\r\nBcc: b@example.com" }, "SALES_EMAIL"],
  ])("is refused for %o, naming the variable and no value", (change, name) => {
    const message = messageOf({ ...good, ...change });
    expect(message).toContain(name);
    for (const value of [
      "sk_live_1",
      "rk_live_1",
      "pk_test_1",
      "secret@",
      "0f1e2d3c",
      "abcdef",
      "whsec_short",
    ])
      expect(message).not.toContain(value);
  });

  it("needs no APP_URL for development alone", () => {
    expect(parseEnv({ ...good, NODE_ENV: undefined, APP_URL: undefined }).APP_URL).toBe(
      "http://localhost:3000",
    );
    const { STRIPE_SECRET_KEY } = good;
    expect(() => parseSetupEnv({ NODE_ENV: "production", STRIPE_SECRET_KEY })).toThrow("APP_URL");
  });

  it("needs no database for the setup of Stripe", () => {
    const { APP_URL, STRIPE_SECRET_KEY } = good;
    const source = { APP_URL, STRIPE_SECRET_KEY };
    expect(parseSetupEnv(source)).toMatchObject(source);
    expect(() =>
      parseSetupEnv({ ...source, STRIPE_SECRET_KEY: "sk_live_1", APP_URL: "http://a.test" }),
    ).toThrow("APP_URL");
    expect(() => parseSetupEnv({ APP_URL })).toThrow("STRIPE_SECRET_KEY");
  });

  it("counts proxies, also by the older name, and refuses the two names at odds", () => {
    const proxies = (given: Record<string, string>) => trustedProxies(parseEnv({ ...good, ...given }));
    expect(proxies({})).toBe(0);
    expect(proxies({ TRUSTED_PROXY: "true" })).toBe(1);
    expect(proxies({ TRUSTED_PROXIES: "2", TRUSTED_PROXY: "true" })).toBe(2);
    expect(() => proxies({ TRUSTED_PROXIES: "0", TRUSTED_PROXY: "true" })).toThrow(/TRUSTED_PROXY/);
  });

  it("tells of variables that are set and no longer read", () => {
    expect(noLongerRead({ LEDGER_ONE_ACCOUNT_PER_TRANSACTION: "true" })).toEqual([
      expect.stringMatching(/^LEDGER_ONE_ACCOUNT_PER_TRANSACTION: .* read from the database/),
    ]);
    const prices = [
      "MIN_PURCHASE_CENTS",
      "MAX_PURCHASE_CENTS",
      "STARTER_ANNUAL_PRICE_CENTS",
      "PREMIUM_ANNUAL_PRICE_CENTS",
    ];
    expect(noLongerRead(Object.fromEntries(prices.map((name) => [name, "299000"])))).toEqual(
      prices.map((name) => expect.stringMatching(new RegExp(`^${name}: .* of the catalog`))),
    );
    expect(noLongerRead({ LEDGER_ONE_ACCOUNT_PER_TRANSACTION: "", APP_URL: "x" })).toEqual([]);
  });

  it("is described in .env.example, every variable and no other", () => {
    const file = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
    const described = [...file.matchAll(/^#? ?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
    expect(new Set(described)).toEqual(new Set([...ENV_NAMES, "DATABASE_OWNER_URL", ...READ_BY_THE_BUILD]));
    expect(described).toHaveLength(new Set(described).size);
  });
});

describe("how the database is reached", () => {
  const POOLED = { ...good, DATABASE_PREPARE: "false" };

  it("is refused through a pooler without a way past it for jobs", () => {
    expect(messageOf(POOLED)).toMatch(/DATABASE_DIRECT_URL/);
    expect(messageOf({ ...POOLED, DATABASE_DIRECT_URL: good.DATABASE_URL })).toMatch(/DATABASE_DIRECT_URL/);
    expect(messageOf({ ...POOLED, DATABASE_DIRECT_URL: "postgres://app:secret@other/refill" })).toBe("");
  });

  it("is refused with a file that is not there, and with URLs that say something else", () => {
    const away = { ...good, DATABASE_CA_FILE: "/nowhere/authority.pem" };
    expect(messageOf(away)).toMatch(/DATABASE_CA_FILE: cannot be read/);
    expect(messageOf({ ...good, DATABASE_URL: "mysql://app:secret@localhost/refill" })).toMatch(
      /DATABASE_URL: must begin with postgres:/,
    );
    const plain = { ...away, DATABASE_URL: `${good.DATABASE_URL}?sslmode=disable` };
    expect(messageOf(plain)).toMatch(/DATABASE_URL: says sslmode=disable beside DATABASE_CA_FILE/);
  });

  it("may be by a socket, without a host", () => {
    expect(messageOf({ ...good, DATABASE_URL: "postgres://app@/refill?host=/var/run/postgresql" })).toBe("");
  });
});
