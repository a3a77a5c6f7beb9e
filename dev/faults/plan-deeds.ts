import { getAccountView } from "../../lib/billing/account-view";
import { openCycle } from "../../lib/billing/allowances/cycles/open";
import { PLAN_DEEDS } from "../simulation/deeds/plans";
import { randomOf } from "../simulation/random";
import type { Instance } from "./instance";
import type { Scene } from "./scene";

/** Subscribes, upgrades, pays, goes back to a payment, downgrades, cancels or keeps: at one instance, or at both at the same time. */
export async function doWithPlan({ person, random, here, there }: Scene): Promise<void> {
  const seed = random.whole(2 ** 31);
  const tabs = random.chance(0.25) ? [here, there] : [here];
  const ended = await Promise.allSettled(tabs.map((at, tab) => doAt(at, person, seed, tab)));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}

async function doAt(at: Instance, person: Scene["person"], seed: number, tab: number): Promise<void> {
  await at.turn("begins");
  const { deps } = at;
  await openCycle(deps.db, person.accountId); // As every page does first.
  const view = await getAccountView(deps.db, person.accountId);
  const scene = { world: { deps }, person, random: randomOf(seed, "tab", tab), view };
  const deed = scene.random.weighted(PLAN_DEEDS.map((each) => [each, each.weigh(scene)] as const));
  await deed?.run(scene);
}
