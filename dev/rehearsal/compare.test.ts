import { describe, expect, it } from "vitest";
import { type Allowed, compareTranscripts, judge, readAllowed } from "./compare";
import { FLOWS } from "./flows";
import type { Request, Told, Transcript } from "./transcript";

const REQUEST: Request = {
  by: "application",
  method: "POST",
  path: "/v1/payment_intents",
  asked: { amount: "10000", customer: "cus_1" },
  key: "uuid_1",
  status: 200,
  replayed: false,
  answer: {
    id: "pi_1",
    status: "succeeded",
    payment_method_options: { card: { network: null } },
    amount: 10_000,
  },
};
const READ: Request = { ...REQUEST, method: "GET", path: "/v1/customers/cus_1", asked: {}, key: null };
const PAID: Told = {
  type: "invoice.paid",
  created: "start",
  delivered: true,
  object: { id: "in_1", customer: "cus_1" },
  previous: null,
};
const CHARGED: Told = {
  ...PAID,
  type: "charge.succeeded",
  object: { id: "ch_1", customer: "cus_1", amount: 10_000 },
};

const STATE = { balance: { remaining: "8000000", owed: "0" }, orders: [{ status: "paid" }] };

const transcript = (more: {
  requests?: readonly Request[];
  events?: readonly Told[];
  state?: unknown;
  outcome?: "passed" | "failed";
  answers?: Transcript["answers"];
}): Transcript => ({
  flow: "buy-once",
  target: "stripe",
  apiVersion: "2026-10-28.endive",
  outcome: more.outcome ?? "passed",
  failure: null,
  steps: [
    {
      name: "pays",
      at: "start",
      requests: more.requests ?? [REQUEST, READ],
      events: more.events ?? [PAID, CHARGED],
      state: "state" in more ? more.state : STATE,
    },
  ],
  answers: more.answers ?? [],
});

const between = (first: Parameters<typeof transcript>[0], second: Parameters<typeof transcript>[0] = {}) =>
  compareTranscripts(transcript(first), transcript(second));
const found = (...args: Parameters<typeof between>) =>
  between(...args).differences.map(({ where, kind, first, second }) => [where, kind, first, second]);

describe("finds each difference that was put in:", () => {
  const answer = (more: object) => ({ ...REQUEST, answer: { ...(REQUEST.answer as object), ...more } });

  it("nothing between a transcript and itself", () =>
    expect(between({})).toEqual({ differences: [], notes: [] }));

  it("another status", () =>
    expect(found({ requests: [{ ...REQUEST, status: 402 }, READ] })).toEqual([
      ["POST /v1/payment_intents status", "status", "402", "200"],
    ]));

  it("a field that one of them lacks, however deep", () => {
    const deep = {
      ...REQUEST,
      answer: { ...(REQUEST.answer as object), payment_method_options: { card: {} } },
    };
    expect(found({ requests: [deep, READ] })).toEqual([
      ["POST /v1/payment_intents answer.payment_method_options.card.network", "missing", "nothing", "null"],
    ]);
    expect(found({}, { requests: [deep, READ] })).toHaveLength(1);
  });

  it("another value, of an answer, of what was asked, and null for something", () => {
    expect(found({ requests: [answer({ status: "processing" }), READ] })).toEqual([
      ["POST /v1/payment_intents answer.status", "value", '"processing"', '"succeeded"'],
    ]);
    expect(found({ requests: [answer({ amount: null }), READ] })).toHaveLength(1);
    expect(found({ requests: [{ ...REQUEST, asked: { amount: "9", customer: "cus_1" } }, READ] })).toEqual([
      ["POST /v1/payment_intents asked.amount", "value", '"9"', '"10000"'],
    ]);
  });

  it("an answer that was replayed", () =>
    expect(found({ requests: [{ ...REQUEST, replayed: true }, READ] })).toHaveLength(1));

  it("a write more or less", () => {
    expect(found({ requests: [REQUEST, REQUEST, READ] })).toEqual([
      ["POST /v1/payment_intents", "count", "2 times", "1 times"],
    ]);
    expect(found({ requests: [READ] })).toEqual([
      ["POST /v1/payment_intents", "count", "0 times", "1 times"],
    ]);
  });

  it("a state that only one of two passed runs has", () => {
    expect(found({ state: null })).toEqual([["state", "missing", "nothing", JSON.stringify(STATE)]]);
    expect(found({}, { state: null })).toEqual([["state", "missing", JSON.stringify(STATE), "nothing"]]);
    expect(found({ state: null }, { state: null })).toEqual([]);
    expect(found({ state: null, outcome: "failed" }).map(([where]) => where)).toEqual(["outcome"]);
  });

  it("an event that is missing, too many, or says something else", () => {
    expect(found({ events: [PAID] })).toEqual([["event charge.succeeded", "count", "0 times", "1 times"]]);
    expect(found({ events: [PAID, PAID, CHARGED] })).toEqual([
      ["event invoice.paid", "count", "2 times", "1 times"],
    ]);
    const other = { ...CHARGED, object: { id: "ch_1", customer: "cus_1", amount: 5 } };
    expect(found({ events: [PAID, other] })).toEqual([
      ["event charge.succeeded object.amount", "value", "5", "10000"],
    ]);
  });

  it("another state of the product, lists of another length among it", () => {
    expect(
      found({ state: { balance: { remaining: "0", owed: "0" }, orders: [{ status: "paid" }] } }),
    ).toEqual([["state.balance.remaining", "value", '"0"', '"8000000"']]);
    expect(found({ state: { balance: { remaining: "8000000", owed: "0" }, orders: [] } })).toEqual([
      ["state.orders", "count", "0 of them", "1 of them"],
    ]);
  });

  it("another outcome, and another answer to an open question", () => {
    expect(found({ outcome: "failed" })).toHaveLength(1);
    expect(found({ answers: [{ question: "Q1", answer: "yes" }] })).toEqual([
      ["answer to Q1", "value", "yes", "nothing"],
    ]);
  });

  it("one object where the other means another, though ids are told apart by number alone", () => {
    const [one, two] = [
      answer({ charges: ["ch_1", "ch_2", "ch_1"] }),
      answer({ charges: ["ch_5", "ch_6", "ch_5"] }),
    ];
    expect(
      found(
        { requests: [one, READ] },
        {
          requests: [two, READ],
          events: [PAID, { ...CHARGED, object: { id: "ch_5", customer: "cus_1", amount: 10_000 } }],
        },
      ),
    ).toEqual([]);
    const three = answer({ charges: ["ch_5", "ch_6", "ch_6"] });
    expect(found({ requests: [one, READ] }, { requests: [three, READ] })).not.toEqual([]);
  });
});

describe("says beside what may differ:", () => {
  it("the order of events", () => {
    const { differences, notes } = between({ events: [CHARGED, PAID] });
    expect(differences).toEqual([]);
    expect(notes).toEqual([expect.stringContaining("another order")]);
  });

  it("an update that says again what was said, and nothing else that is written twice", () => {
    const update: Request = { ...REQUEST, path: "/v1/customers/cus_1", asked: { name: "A" } };
    expect(between({ requests: [update, { ...update, key: "uuid_2" }] }, { requests: [update] })).toEqual({
      differences: [],
      notes: [],
    });
    expect(
      found({ requests: [update, { ...update, asked: { name: "B" } }] }, { requests: [update] }),
    ).toHaveLength(1);
    expect(found({ requests: [REQUEST, REQUEST] }, { requests: [REQUEST] })).toHaveLength(1);
  });

  it("what was read, and how often", () => {
    expect(between({ requests: [REQUEST, READ, READ] }).differences).toEqual([]);
    expect(between({ requests: [REQUEST] })).toEqual({
      differences: [],
      notes: ["pays: GET /v1/customers/* was read in the second only"],
    });
    expect(found({ requests: [REQUEST, READ, { ...READ, status: 404 }] })).toHaveLength(1);
  });
});

describe("judges by the list of what somebody has looked at:", () => {
  const rule = (where: string, flow = "*"): Allowed => ({ flow, where, reason: "seen", seen: "there" });
  const { differences } = between({ events: [PAID], requests: [{ ...REQUEST, status: 402 }, READ] });
  const judged = (...rules: Allowed[]) => judge(differences, rules, ["buy-once"]);

  it("what is listed is silent, whatever else is not", () => {
    expect(judged().unlisted).toHaveLength(2);
    expect(judged(rule("event charge.*")).unlisted.map(({ where }) => where)).toEqual([
      "POST /v1/payment_intents status",
    ]);
    expect(judged(rule("event charge.succeeded"), rule("POST * status")).unlisted).toEqual([]);
  });

  it("for the flow it is listed for, and as a whole", () => {
    expect(judged(rule("event charge.*", "refund-whole")).unlisted).toHaveLength(2);
    expect(judged(rule("event charge")).unlisted).toHaveLength(2);
    expect(judged(rule("event charge?succeeded")).unlisted).toHaveLength(2);
  });

  it("what is listed and no longer there is told", () => {
    const gone = rule("event invoice.voided");
    expect(judged(gone).unseen).toEqual([gone]);
    expect(judged({ ...gone, flow: "not-compared" }).unseen).toEqual([]);
  });
});

it("lists nothing without saying why and where it was seen", async () => {
  for (const { flow, where, reason, seen } of await readAllowed()) {
    expect(reason.length, where).toBeGreaterThan(10);
    expect(seen.length, where).toBeGreaterThan(3);
    expect(["*", ...FLOWS.map(({ name }) => name)]).toContain(flow);
  }
});
