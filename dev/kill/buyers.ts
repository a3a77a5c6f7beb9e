import { setTimeout as sleep } from "node:timers/promises";
import { formHolding, openVisitor, type Visitor } from "../bench/visitor";
import type { Random } from "../simulation/random";
import { insist } from "./patience";

const BUY_CREDIT = "/settings/billing/buy-credit";
const BUNDLES = ["usd100", "usd500"] as const;
const PAUSE_MS = { shortest: 1_000, longest: 4_000 };

type Buying = {
  readonly urls: readonly string[];
  /** The address that browsers know, whichever server answers. */
  readonly appUrl: string;
  readonly cookie: string;
  readonly random: Random;
  /** No purchase is begun any more; the one that was is brought to its end. */
  readonly stopped: () => boolean;
};

/**
 * A customer without JavaScript who buys one bundle after the other, and presses the same button again wherever no answer
 * came, at whichever server is there. Resolves, once stopped, to how many purchases the pages called paid.
 */
export async function buy({ urls, appUrl, cookie, random, stopped }: Buying): Promise<number> {
  const visitors = urls.map((url) => openVisitor(url, { connections: 1, cookie, appUrl }));
  const visit = <T>(ask: (visitor: Visitor) => Promise<T>) => insist(() => ask(random.pick(visitors)));
  let paid = 0;
  while (!stopped()) {
    const page = await visit((one) => seen(one, BUY_CREDIT));
    const fields = formHolding(page, 'name="requestId"');
    fields.set("bundle", random.pick(BUNDLES));
    fields.delete("amount");
    const order = await visit((one) => ledTo(one, BUY_CREDIT, fields));
    await visit((one) => payOnce(one, order));
    paid += 1;
    await sleep(random.between(PAUSE_MS.shortest, PAUSE_MS.longest));
  }
  for (const visitor of visitors) visitor.close();
  return paid;
}

/** Looks at the order and presses the button where there is one. Throws until the page calls it paid. */
async function payOnce(visitor: Visitor, path: string): Promise<void> {
  const before = await seen(visitor, path);
  if (isPaid(before)) return;
  if (before.includes("data-pays")) await ledTo(visitor, path, formHolding(before, "data-pays"));
  if (!isPaid(await seen(visitor, path))) throw new Error("not paid yet");
}

const isPaid = (page: string) => page.includes('id="receipt"');

async function seen(visitor: Visitor, path: string): Promise<string> {
  const { status, body } = await visitor.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return body;
}

async function ledTo(visitor: Visitor, path: string, fields: ReadonlyMap<string, string>): Promise<string> {
  const { status, location } = await visitor.post(path, fields);
  if (status !== 303 || !location) throw new Error(`${path} answered ${status}`);
  return new URL(location, visitor.url).pathname;
}
