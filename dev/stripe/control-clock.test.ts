import { expect, it } from "vitest";
import { control, post, simulate } from "./testing";
import { isoOf, itemOf, simulatePlans } from "./testing-plans";

it("tells the time and moves it, by so much or to an instant, and what was due has happened", async () => {
  const { simulator, stripe, subscribe } = await simulatePlans();
  const subscription = await subscribe();
  const { current_period_end: end } = itemOf(subscription);
  const clock = async () => (await control(simulator, "GET", "/clock")).json();
  expect(await clock()).toMatchObject({ next_renewal: end });
  expect((await control(simulator, "POST", "/clock", { to: end - 60 })).status).toBe(200);
  expect((await clock()).now).toBe(end - 60);
  expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
  const moved = await (await control(simulator, "POST", "/clock", { advanceMs: 7_200_000 })).json();
  expect(isoOf(moved.next_renewal)).toBe("2026-03-31T09:00:00.000Z");
  expect((await stripe.invoices.list()).data[0]).toMatchObject({ status: "paid" });
  for (const body of [{}, { to: "soon" }, { at: "someday" }, { advanceMs: -1e18 }])
    expect((await control(simulator, "POST", "/clock", body)).status).toBe(400);
  await simulator.close();
});

it("has it on the control page, with what comes next and a form for any instant", async () => {
  const { simulator, subscribe } = await simulatePlans();
  await subscribe();
  const text = await (await fetch(`${simulator.url}/`)).text();
  for (const shown of [
    "In here it is",
    "+1 month",
    "Past the next renewal (2 h)",
    "renew subscription",
    "2026-02-28 09:00:00",
  ])
    expect(text).toContain(shown);
  const answer = await post(`${simulator.url}/_sim/clock`, { at: "2026-02-28T11:00" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/_sim"]);
  expect(isoOf(Math.floor(simulator.clock.now() / 1000))).toBe("2026-02-28T11:00:00.000Z");
  const { jobs } = await (await control(simulator, "GET", "/jobs")).json();
  expect(jobs[0]).toMatchObject({ kind: "renew_subscription", clock: null });
  await simulator.close();
});

it("forgets the moved time with everything else, and says so to who shares it", async () => {
  const told: number[] = [];
  const { simulator } = await simulate({ onClockMoved: async (offsetMs) => void told.push(offsetMs) });
  await control(simulator, "POST", "/clock", { advanceMs: 5_000_000 });
  await control(simulator, "POST", "/reset");
  expect(told).toHaveLength(2);
  expect(told[1]).toBe(0);
  expect(simulator.clock.now()).toBeCloseTo(Date.now(), -4);
  await simulator.close();
});
