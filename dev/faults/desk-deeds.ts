import type { ActDeps, Fields, Request } from "../../lib/desk/acts/act";
import { requestCounter } from "../../lib/desk/acts/counter";
import { performAct } from "../../lib/desk/acts/perform";
import { previewAct } from "../../lib/desk/acts/run-act";
import { toPublicId } from "../../lib/ids";
import type { Random } from "../simulation/random";
import type { Instance } from "./instance";
import type { Deed, Scene } from "./scene";
import { inTabs } from "./tabs";

const OPERATOR_ID = "00000000-0000-7000-8000-000000000001";
const REASON = "Agreed with the customer on the phone";
const DAY = 86_400_000;

const depsOf = ({ deps }: Instance): ActDeps => ({
  ...deps,
  seller: null,
  approvals: { credits: null, cents: null },
});

/**
 * An operator looks at what an act would do, and does it: once, though they may have the page open at both processes and press there
 * at the same time.
 */
export const actAtDesk: Deed = async (scene) => {
  await scene.here.turn("begins");
  const drawn = await drawPreviewed(scene);
  if (!drawn) return;
  const { request, basis } = drawn;
  let done = 0;
  await inTabs(scene, async (at) => {
    const acted = await performAct(depsOf(at), { request, operatorId: OPERATOR_ID, reason: REASON, basis });
    if (acted.ok) done += 1;
  });
  if (done > 1 && request.kind !== "read_account")
    throw new Error(`I9: ${request.kind} was done ${done} times after one preview`);
};

const LOOKS = 4;

/** The first that is not refused: most accounts have nothing to write off, and nothing frozen. */
async function drawPreviewed(scene: Scene) {
  for (let looked = 0; looked < LOOKS; looked += 1) {
    const request = await drawRequest(scene);
    if (!request) continue;
    const seen = await previewAct(depsOf(scene.here), request, OPERATOR_ID);
    if (seen.ok) return { request, basis: seen.value.basis };
  }
  return null;
}

type Drawn = Pick<Request, "kind" | "fields">;
type Draw = (scene: Scene) => Promise<Drawn | null>;

const amount = (random: Random, most: number) => String(1 + random.whole(most));

const ofGrant =
  (kind: "freeze" | "unfreeze" | "revoke" | "extend"): Draw =>
  async ({ world, person, random }) => {
    const grants = await world.lane.owner<{ id: string; remaining: string }[]>`
      select id, remaining_credits::text as remaining from grants where account_id = ${person.accountId} order by id`;
    if (grants.length === 0) return null;
    const { id, remaining } = random.pick([...grants]);
    const fields = { grant: toPublicId("grant", id) };
    if (kind === "revoke") return { kind, fields: { ...fields, credits: amount(random, Number(remaining)) } };
    if (kind !== "extend") return { kind, fields };
    const until = new Date(world.now().getTime() + (1 + random.whole(60)) * DAY);
    return { kind, fields: { ...fields, until: until.toISOString().slice(0, 10) } };
  };

const ofMoney =
  (kind: "refund_order" | "refund_invoice"): Draw =>
  async ({ world, person, random }) => {
    const paid = await world.lane.owner<{ id: string }[]>`
      select id::text from orders where ${kind === "refund_order"} and account_id = ${person.accountId} and paid_at is not null
      union all
      select id from invoices where ${kind === "refund_invoice"} and account_id = ${person.accountId} and status = 'paid' and paid_cents > 0
      order by id`;
    if (paid.length === 0) return null;
    const { id } = random.pick([...paid]);
    const cents = random.chance(0.4) ? "" : amount(random, 9_000);
    const subject: Fields = kind === "refund_order" ? { order: toPublicId("order", id) } : { invoice: id };
    return { kind, fields: { ...subject, cents } };
  };

const KINDS: readonly (readonly [Draw, number])[] = [
  [ofMoney("refund_invoice"), 8],
  [ofMoney("refund_order"), 4],
  [ofGrant("revoke"), 1],
  [ofGrant("freeze"), 1.5],
  [ofGrant("unfreeze"), 1],
  [ofGrant("extend"), 1],
  [async ({ random }) => ({ kind: "take", fields: { credits: amount(random, 2_000_000) } }), 1],
  [async ({ random }) => giving(random), 1],
  [async () => ({ kind: "write_off", fields: { credits: "" } }), 1],
  [async () => ({ kind: "read_account", fields: {} }), 1],
];

const giving = (random: Random): Drawn => ({
  kind: "grant",
  fields: { credits: amount(random, 5_000_000), kind: random.pick(["promotional", "adjustment"]), until: "" },
});

/** Something new, or what takes an earlier act back. */
async function drawRequest(scene: Scene): Promise<Request | null> {
  const { world, person, here, random } = scene;
  const { accountId } = person;
  if (random.chance(0.25)) {
    const acts = await world.lane.owner<{ id: string }[]>`
      select id from operator_acts where account_id = ${accountId} order by at, id`;
    if (acts.length === 0) return null;
    const counter = await requestCounter(here.deps.db, random.pick([...acts]).id);
    return counter.ok ? counter.value : null;
  }
  const drawn = await random.weighted(KINDS)?.(scene);
  return drawn ? { ...drawn, accountId } : null;
}
