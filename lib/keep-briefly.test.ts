import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { keepBriefly } from "./keep-briefly";

it("what is kept briefly is made once for all who ask meanwhile, and anew afterwards", async () => {
  let made = 0;
  const ask = keepBriefly(20, async () => {
    made += 1;
    const mine = made;
    await sleep(30);
    return mine;
  });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(1);
  await expect.poll(ask).toBe(2);
});

it("what is kept briefly is asked for again after a failure", async () => {
  let made = 0;
  const ask = keepBriefly(5, async () => {
    made += 1;
    if (made === 1) throw new Error("away");
    return made;
  });
  await expect(ask()).rejects.toThrow("away");
  await sleep(50);
  expect(await ask()).toBe(2);
});
