import type { Customer } from "../customers";
import { type CapturedForm, decode, type Sent, sendForm } from "../forge";
import { openDesk } from "../operators";
import { cookieOf } from "../session";
import { expect, test, type World } from "../test";
import { ACTION_ROWS, type ActionRow } from "./action-rows";
import { DESK_ROWS } from "./desk-rows";
import { DETAILS_ROWS } from "./details-rows";
import { FACTOR_ROWS } from "./factor-rows";
import { listActions } from "./inventory";
import { PEOPLE_ROWS } from "./people-rows";
import { pictureOf } from "./picture";
import { REFUND_ROWS } from "./refund-rows";
import type { Scene, Stage } from "./scene";
import { ALL, shareOf } from "./share";

// What must hold of every server action, whatever it is for. A new one without a row fails the first test.

/** Each of some fifty actions answers so often with a page. */
const AT_ONCE = ALL ? 30 : 5;
/** So many bad values of a field. */
const SHARE = 3;
const FOREIGN_ORIGINS = ["https://evil.example", "null", null, "http://localhost:1"] as const;
const OVERSIZE = "x".repeat(2_000_000);

type Changes = Parameters<typeof sendForm>[3];

const ROWS = {
  ...ACTION_ROWS,
  ...DESK_ROWS,
  ...DETAILS_ROWS,
  ...FACTOR_ROWS,
  ...PEOPLE_ROWS,
  ...REFUND_ROWS,
};

test("every server action has a row of attacks, and every row an action", () => {
  expect(Object.keys(ROWS).sort()).toEqual(
    listActions()
      .map(({ name }) => name)
      .sort(),
  );
});

for (const [number, [name, row]] of Object.entries(ROWS).entries()) {
  test(`${name}: nobody but its sender can do anything with it`, async ({ world, customer, fault }) => {
    const stage: Stage = { world, customer, fault };
    const scene = await row.arrange(stage, name);
    const attack = await attacker(world, scene);
    await bySomebodySignedOut(row, attack);
    if (!row.publicBecause) await byAnotherAccount(await customer(), world, attack);
    if (row.ofDesk) await withoutStepUp(scene, world, attack);
    await byAMember(row, scene, world);
    for (const origin of FOREIGN_ORIGINS) {
      const sent = await attack(`origin ${origin}`, { cookie: scene.cookie, origin }, {});
      expect(sent.status, `origin ${origin}`).toBe(403);
    }
    await ofBadValues(row, scene, attack, number);
    await often(row, scene, world);
  });
}

type Attack = (what: string, sender: Parameters<typeof sendForm>[2], changes: Changes) => Promise<Sent>;

/** Sends the form in ways that must be refused: no failure of ours, and nothing changed from one to the next. */
async function attacker(world: World, { customer, form, filled }: Scene): Promise<Attack> {
  const before = await pictureOf(world, customer.accountId);
  return async (what, sender, changes) => {
    const sent = await sendForm(world.facts, form, sender, { ...filled, ...changes });
    expect(sent.status, what).toBeLessThan(500);
    expect(await pictureOf(world, customer.accountId), what).toBe(before);
    return sent;
  };
}

async function bySomebodySignedOut(row: ActionRow, attack: Attack): Promise<void> {
  if (row.publicBecause) return;
  const sent = await attack("signed out", {}, {});
  expect([sent.status, sent.location]).toEqual([303, expect.stringContaining("/sign-in")]);
}

async function byAnotherAccount(thief: Customer, { facts }: World, attack: Attack): Promise<void> {
  await attack("another account", { cookie: await cookieOf(facts, thief) }, {});
}

/** By an operator who did not prove again who they are. */
async function withoutStepUp({ cookie }: Scene, world: World, attack: Attack): Promise<void> {
  await openDesk(world, cookie, false);
  const sent = await attack("without step-up", { cookie }, {});
  expect([sent.status, sent.location]).toEqual([303, expect.stringContaining("/admin/step-up")]);
  await openDesk(world, cookie);
}

async function byAMember(row: ActionRow, scene: Scene, world: World): Promise<void> {
  if (row.memberMayBecause) return;
  const { owner } = world;
  const { userId } = scene.customer;
  const [held] = await owner<{ role: string }[]>`select role from memberships where user_id = ${userId}`;
  await owner`update memberships set role = 'member' where user_id = ${userId}`;
  const attack = await attacker(world, scene); // Whose role it is, is in the picture.
  const sent = await attack("a member", { cookie: scene.cookie }, {});
  // Led nowhere, or to a page of ours: not on to Stripe.
  expect(sent.location ?? "/").toMatch(/^\/(?!\/)/);
  await owner`update memberships set role = ${held?.role ?? "owner"} where user_id = ${userId}`;
}

async function ofBadValues(
  { bad }: ActionRow,
  { cookie, form, filled }: Scene,
  attack: Attack,
  number: number,
): Promise<void> {
  for (const [field, values] of Object.entries(bad)) {
    for (const value of shareOf(values, number, SHARE)) {
      await attack(`${field}: ${JSON.stringify(value)?.slice(0, 40)}`, { cookie }, { [field]: value });
    }
  }
  for (const field of shareOf(fieldsOf(form), number, 1)) {
    const value = filled[field] ?? "x";
    const sent = await attack(`${field} twice`, { cookie }, { [field]: [value, value] });
    expect(decode(sent.html)).toContain("This form could not be read.");
  }
  await attack("a field nobody declared", { cookie }, { accountId: "x", __proto__: "x" });
  await attack("more than a body may hold", { cookie }, { padding: OVERSIZE });
}

const fieldsOf = (form: CapturedForm): readonly string[] => [
  ...new Set(form.fields.map(([name]) => name).filter((name) => !name.startsWith("$ACTION"))),
];

/** Many times at once, and once again: what it does happens once. */
async function often(row: ActionRow, scene: Scene, world: World): Promise<void> {
  const { form, cookie, filled, customer } = scene;
  const send = () => sendForm(world.facts, form, { cookie }, filled);
  const sent = await Promise.all(Array.from({ length: AT_ONCE }, send));
  expect(sent.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  const replayed = await send();
  expect(replayed.status).toBeLessThan(500);
  if (!row.effects) return expect(row.repeatableBecause).toBeTruthy();
  expect(await row.effects(world, customer)).toBeLessThanOrEqual(1);
}
