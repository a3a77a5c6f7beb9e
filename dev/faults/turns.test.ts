import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { randomOf } from "../simulation/random";
import { Turns } from "./turns";

/** Three who each ask Stripe three times, and take as long as the machine likes. */
async function play(seed: number): Promise<string> {
  let busy = 0;
  const turns = new Turns(() => busy > 0);
  const story: string[] = [];
  const pause = async () => {
    busy += 1;
    await sleep(Math.random() * 4);
    busy -= 1;
  };
  const one = async (who: string) => {
    for (let part = 1; part <= 3; part += 1) {
      await turns.take(who);
      await turns.call(() => sleep(Math.random() * 4));
      story.push(`${who}${part}`);
      await pause();
      story.push(`${who}${part}`);
    }
  };
  await turns.during(randomOf(seed, "turns"), () => Promise.all(["a", "b", "c"].map(one)));
  return story.join(" ");
}

it("gives turns in an order that the seed alone decides, however long each takes", async () => {
  const [first, again, other] = [await play(1), await play(1), await play(2)];
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

it("lets nobody go on while somebody else does", async () => {
  const story = (await play(3)).split(" ");
  for (let at = 0; at < story.length; at += 2) expect(story[at]).toBe(story[at + 1]);
});

it("keeps nobody waiting where no turns are taken", async () => {
  await new Turns(() => true).take("anybody");
});
