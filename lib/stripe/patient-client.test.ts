import { describe, expect, it } from "vitest";
import type { Pace } from "./pace";
import { createPatientClient, pathName } from "./patient-client";

type Told = { status: number; headers?: Record<string, string> };

/** A network that answers so, and what was asked of it and waited for, in order. */
function connect(answers: readonly Told[], paced = false) {
  const log: string[] = [];
  const left = [...answers];
  const inner = {
    getClientName: () => "test",
    makeRequest: async () => {
      const { status, headers = {} } = left.shift() ?? { status: 200 };
      log.push(String(status));
      return {
        getStatusCode: () => status,
        getHeaders: () => headers,
        getRawResponse: () => null,
        toStream: () => null,
        toJSON: async () => log.push("read") && {},
      };
    },
  };
  const pace: Pace = {
    take: async (path) => void log.push(`turn ${path}`),
    pause: async (_, ms) => void log.push(`pause ${ms}`),
  };
  const sleep = async (ms: number) => void log.push(`wait ${ms}`);
  const client = createPatientClient(inner, { sleep, ...(paced ? { pace } : {}) });
  const ask = async () => {
    const answer = await client.makeRequest("h", "1", "/v1/invoices?limit=1", "GET", {}, "", "http", 1);
    return { status: answer.getStatusCode(), headers: answer.getHeaders() };
  };
  return { ask, log };
}

const limited = (seconds?: string): Told => ({
  status: 429,
  headers: seconds === undefined ? {} : { "retry-after": seconds },
});

describe("a call that met a rate limit", () => {
  it("is tried again when the server says", async () => {
    const { ask, log } = connect([limited("3")]);
    expect(await ask()).toMatchObject({ status: 200 });
    expect(log).toEqual(["429", "read", "wait 3000", "200"]);
  });

  it("is tried again ever later where the server does not say, and not for ever", async () => {
    const { ask, log } = connect(Array.from({ length: 9 }, () => limited()));
    expect(await ask()).toMatchObject({ status: 429 });
    expect(log).toEqual(["429", "read", "wait 500", "429", "read", "wait 1000", "429"]);
  });

  it("understands an instant, and takes nonsense for nothing said", async () => {
    const at = new Date(Date.now() + 3_600_000).toUTCString();
    expect(await connect([limited(at)]).ask()).toMatchObject({ status: 429 });
    const { ask, log } = connect([limited("soon")]);
    await ask();
    expect(log).toContain("wait 500");
  });

  it("is not tried again here where it would have to wait for longer than a person does, nor by the SDK", async () => {
    const { ask, log } = connect([limited("6")]);
    expect(await ask()).toEqual({
      status: 429,
      headers: { "retry-after": "6", "stripe-should-retry": "false" },
    });
    expect(log).toEqual(["429"]);
  });

  it("of a job pauses everybody's, and takes another turn for another try", async () => {
    const { ask, log } = connect([limited("6")], true);
    expect(await ask()).toMatchObject({ status: 200 });
    const turn = "turn GET /v1/invoices";
    expect(log).toEqual([turn, "429", "pause 6000", "read", "wait 6000", turn, "200"]);
  });

  it("of a job that would have to wait for very long pauses the others a little and leaves it to the schedule", async () => {
    const { ask, log } = connect([limited("600")], true);
    expect(await ask()).toMatchObject({ status: 429 });
    expect(log).toEqual(["turn GET /v1/invoices", "429", "pause 20000"]);
  });
});

describe("a call that the SDK tries again by itself", () => {
  it("waits for as long as the server says before", async () => {
    const { ask, log } = connect([{ status: 503, headers: { "retry-after": "2" } }]);
    expect(await ask()).toMatchObject({ status: 503 });
    expect(log).toEqual(["503", "wait 2000"]);
  });

  it("waits for nothing that was not said, or where the server wants no other try", async () => {
    const all: Record<string, string>[] = [{}, { "retry-after": "2", "stripe-should-retry": "false" }];
    for (const headers of all) {
      const { ask, log } = connect([{ status: 500, headers }]);
      await ask();
      expect(log).toEqual(["500"]);
    }
  });
});

it("paths are counted as Stripe counts them", () => {
  expect(pathName("get", "/v1/invoices/in_1QxYz/lines?limit=100")).toBe("GET /v1/invoices/:id/lines");
  expect(pathName("GET", "/v1/subscriptions?customer=cus_1")).toBe("GET /v1/subscriptions");
  expect(pathName("POST", "/v1/subscription_schedules/sub_sched_1a/release")).toBe(
    "POST /v1/subscription_schedules/:id/release",
  );
});
