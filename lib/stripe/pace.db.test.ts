import { describe, expect, it } from "vitest";
import { connect } from "../../db/client";
import { openShop } from "../../dev/testing/shop";
import { createStripe } from "./client";
import { createStripeGateway } from "./gateway";
import { createPace } from "./pace";

const shop = openShop();
const PATH = "GET /v1/customers";

async function msOf(step: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await step();
  return performance.now() - began;
}

describe("calls that nobody waits for", () => {
  it("are at most twenty a second to one path, of all processes together", async () => {
    const other = connect(shop.appUrl, { max: 5 });
    const [here, there] = [createPace(shop.db), createPace(other)];
    await here.take("GET /v1/warm"); // Connections are there.
    const takes = () =>
      Promise.all(Array.from({ length: 31 }, (_, at) => (at % 2 ? here : there).take("GET /v1/prices")));
    expect(await msOf(takes)).toBeGreaterThanOrEqual(30 * 50 - 10);
    await other.pool.end({ timeout: 5 });
  });

  it("keep nobody waiting who asks something else, and nobody after a rest", async () => {
    const pace = createPace(shop.db);
    await pace.pause("GET /v1/charges", 60_000);
    const [row] = await shop.owner<{ ms: number }[]>`
      select extract(epoch from free_at - now()) * 1000 as ms from provider_pace where path = 'GET /v1/charges'`;
    expect(Number(row?.ms)).toBeGreaterThan(55_000);
    await pace.take("GET /v1/events"); // Would take a minute, and the test with it.
    await shop.owner`update provider_pace set free_at = now() - interval '1 hour' where path = 'GET /v1/charges'`;
    await pace.take("GET /v1/charges");
    const [after] = await shop.owner<{ ahead: boolean }[]>`
      select free_at > now() - interval '1 minute' as ahead from provider_pace where path = 'GET /v1/charges'`;
    expect(after?.ahead).toBe(true); // Nothing is saved up meanwhile.
  });

  it("do not wait for a clock that was set back", async () => {
    const pace = createPace(shop.db);
    await pace.take(PATH);
    await shop.owner`update provider_pace set free_at = now() + interval '10 minutes' where path = ${PATH}`;
    await pace.take(PATH);
  });

  it("wait where a person's call has to, and a little longer, so that it goes first", async () => {
    const { customerId } = await shop.makeBuyer();
    const others = createPace(shop.db);
    const settings = { secretKey: "sk_test_shop", apiBase: shop.simulator.url };
    const person = createStripeGateway(createStripe({ ...settings, others }));
    const job = createStripeGateway(createStripe({ ...settings, pace: createPace(shop.db) }));
    shop.simulator.faults.add({ kind: "rate_limit", match: { pathPattern: "/v1/customers/*" }, times: 2 });
    const ended: string[] = [];
    const asked = person.listSavedCards(customerId).then(() => ended.push("person"));
    await expect.poll(() => shop.simulator.faults.list().every(({ left }) => left === 0)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([asked, job.listSavedCards(customerId).then(() => ended.push("job"))]);
    expect(ended).toEqual(["person", "job"]);
    // Nobody can be told: the call is tried again all the same.
    const deaf = { pause: () => Promise.reject(new Error("the database is away")) };
    shop.simulator.faults.add({ kind: "rate_limit", match: { pathPattern: "/v1/customers/*" }, times: 1 });
    const alone = createStripeGateway(createStripe({ ...settings, others: deaf }));
    expect(await alone.listSavedCards(customerId)).toMatchObject({ kind: "answered" });
  });

  it("get through a rate limit, which their pace remembers, while a person's go out at once", async () => {
    const { customerId } = await shop.makeBuyer();
    const settings = { secretKey: "sk_test_shop", apiBase: shop.simulator.url };
    const [job, person] = [
      createStripeGateway(createStripe({ ...settings, pace: createPace(shop.db) })),
      createStripeGateway(createStripe(settings)),
    ];
    shop.simulator.faults.add({ kind: "rate_limit", match: { pathPattern: "/v1/*" }, times: 2 });
    expect(await job.listSavedCards(customerId)).toMatchObject({ kind: "answered" });
    const paused = await shop.owner<{ path: string }[]>`
      select path from provider_pace where free_at > now() - interval '1 minute'`;
    expect(paused.length).toBeGreaterThan(0);
    await shop.owner`update provider_pace set free_at = now() + interval '3 seconds'`;
    const held = job.listSavedCards(customerId);
    const first = await Promise.race([held, person.listSavedCards(customerId).then(() => "person")]);
    expect(first).toBe("person");
    expect(await held).toMatchObject({ kind: "answered" });
  });
});
