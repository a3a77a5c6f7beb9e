import { DrizzleQueryError } from "drizzle-orm/errors";
import postgres from "postgres";
import { describe, expect, it } from "vitest";
import { createLogger, logSeldom, wasLogged } from "./log";
import { cleanText } from "./log-clean";

const MARKER = "marker-4f1d";

/** The lines a logger wrote while `write` used it. */
function linesOf(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger("info", { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

const textOf = (write: Parameters<typeof linesOf>[0]) => JSON.stringify(linesOf(write));

function failedQuery(code: string, message: string): Error {
  const cause = Object.assign(new postgres.PostgresError(""), {
    message,
    code,
    detail: `Key (email)=(${MARKER}) already exists.`,
    where: MARKER,
    query: "insert into users",
    parameters: [MARKER],
  });
  return new DrizzleQueryError("insert into users values ($1)", [MARKER], cause);
}

describe("a log line", () => {
  it("tells of a failed query its type, SQLSTATE, our stack and cause, and never a parameter", () => {
    const error = failedQuery(
      "23505",
      'duplicate key value violates unique constraint "users_one_per_email"',
    );
    const [line, ...others] = linesOf((log) =>
      log.error({ err: error, accountId: "a1" }, "an action failed"),
    );
    expect(others).toEqual([]);
    expect(JSON.stringify(line)).not.toContain(MARKER);
    expect(line).toMatchObject({
      msg: "an action failed",
      accountId: "a1",
      err: {
        type: "DrizzleQueryError",
        stack: expect.stringContaining("log.test.ts"),
        cause: {
          type: "PostgresError",
          code: "23505",
          message: 'duplicate key value violates unique constraint "users_one_per_email"',
        },
      },
    });
    expect(wasLogged(error)).toBe(true);
    expect(wasLogged(new Error("another"))).toBe(false);
  });

  it.each([
    ["22P02", `invalid input syntax for type uuid: "${MARKER}"`],
    ["22008", `date/time field value out of range: "${MARKER}"`],
    ["22P02", `invalid input syntax for type json: "a "quoted" ${MARKER}"`],
  ])("keeps what the database could not read to itself (%s)", (code, message) => {
    const text = textOf((log) => log.warn({ err: failedQuery(code, message) }, "failed"));
    expect(text).not.toContain(MARKER);
    expect(text).toContain(code);
  });

  it("finds the parameters wherever the error was put", () => {
    const error = failedQuery("23514", "violates a check");
    const inside = new AggregateError([error], "several", { cause: { error } });
    for (const write of [
      (log: ReturnType<typeof createLogger>) => log.error(error),
      (log: ReturnType<typeof createLogger>) => log.error({ err: error }),
      (log: ReturnType<typeof createLogger>) => log.error({ error: String(error) }, "failed"),
      (log: ReturnType<typeof createLogger>) => log.error(`failed: ${error}`),
      (log: ReturnType<typeof createLogger>) =>
        log.error({ err: new Error(`job: ${error.message}`) }, "failed"),
      (log: ReturnType<typeof createLogger>) => log.error({ deep: [{ er: { nested: error } }] }, "failed"),
      (log: ReturnType<typeof createLogger>) => log.error({ err: inside }, "failed"),
    ]) {
      const lines = linesOf(write);
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain(MARKER);
    }
  });

  it("has the frames of a stack only, whatever lines the message has", () => {
    const error = new Error(`two lines\n    at ${MARKER} (file.ts:1:1)`);
    const [line] = linesOf((log) => log.error({ err: error }, "failed"));
    expect(line).toMatchObject({ err: { stack: expect.stringContaining("log.test.ts") } });
    expect(line).not.toMatchObject({ err: { stack: expect.stringContaining(MARKER) } });
  });

  it.each([
    { password: MARKER },
    { user: { passwordHash: MARKER, newPassword: MARKER } },
    { a: { b: { c: [{ client_secret: MARKER }] } } },
    { headers: { authorization: MARKER, cookie: MARKER, "set-cookie": [MARKER], "x-api-key": MARKER } },
    { oauth: { access_token: MARKER, refreshToken: { raw: MARKER } } },
    { customer: { email: MARKER, card: { cardNumber: MARKER, cvc: MARKER } } },
  ])("removes what is named like something private, however deep: %j", (record) => {
    const text = textOf((log) => log.info(record, "seen"));
    expect(text).not.toContain(MARKER);
    expect(text).toContain("[removed]");
  });

  it.each([
    "sk_live_0a1b2c3d4e5f",
    "rk_test_0a1b2c3d4e5f",
    "whsec_0a1b2c3d4e5f",
    "rk_0123456789abcdef0123456789abcdef_0a1b2c3d4e5f0a1b2c3d4e5f0a1b2c3d4e5fabcdefg",
    "pi_3N_secret_0a1b2c3d4e5f",
    "Bearer 0a1b2c3d4e5f",
    "eyJhbGciOiJIUzI1NiJ9.0a1b2c3d4e5f.sig",
    "postgres://app:0a1b2c3d4e5f@db/refill",
    "0a1b2c3d4e5f@example.com",
    "4242 4242 4242 4242",
    "378282246310005",
  ])("removes from running text: %s", (secret) => {
    const text = textOf((log) => log.warn({ what: `it was ${secret}, indeed` }, `heard ${secret} today`));
    expect(text).not.toMatch(/0a1b2c3d4e5f|4242 4242|378282246310005/);
    expect(text).toContain("indeed");
    expect(text).toContain("today");
  });

  it("keeps ids, figures and times, which somebody will look for", () => {
    const record = {
      accountId: "0191d2a0-1111-7abc-8def-0123456789ab",
      apiKeyId: "rk_0123456789abcdef0123456789abcdef",
      inputTokens: 4096,
      credits: 9_007_199_254_740_993n,
      at: new Date(0),
      startedMs: "1795664496590",
      event: "evt_1234567890123456",
    };
    const [line] = linesOf((log) => log.info(record, "spent"));
    expect(line).toMatchObject({ ...record, credits: "9007199254740993", at: "1970-01-01T00:00:00.000Z" });
  });
});

it("trouble that comes again is counted: logged the first time, the tenth, the hundredth, each kind by itself", () => {
  const lines: [string, number][] = [];
  const tell = logSeldom(
    {
      warn: (facts: { err: { code: string }; times: number }) =>
        void lines.push([facts.err.code, facts.times]),
    } as never,
    "a sentence",
  );
  const error = (code: string) => Object.assign(new Error("no"), { code });
  for (let times = 0; times < 120; times += 1) tell(error("0A000"));
  tell(error("XX000"));
  expect(lines).toEqual([
    ["0A000", 1],
    ["0A000", 10],
    ["0A000", 100],
    ["XX000", 1],
  ]);
});

describe("a long text", () => {
  it("is cut before it is looked through, so that nobody's text holds up the process", () => {
    const begun = performance.now();
    for (const text of [
      "a".repeat(1_000_000),
      "a@".repeat(500_000),
      "eyJ-".repeat(250_000),
      "//".repeat(500_000),
    ])
      expect(cleanText(text).length).toBeLessThanOrEqual(2_001);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it("shows no half of an address where it is cut, also after much was removed before it", () => {
    const text = `${`Bearer ${"x".repeat(1_992)} `.repeat(2).slice(0, 3_990)} ada.love@example.com`;
    expect(cleanText(text)).not.toContain("ada");
  });
});
