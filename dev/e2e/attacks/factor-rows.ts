import { Secret, TOTP } from "otpauth";
import { sealHalfSignedIn } from "../../../lib/auth/half-signed-in";
import { cookieName } from "../../../lib/auth/session-token";
import { type Customer, PASSWORD } from "../customers";
import { sendForm } from "../forge";
import { cookieOf } from "../session";
import type { ActionRow } from "./action-rows";
import { captureActionForm, type Scene, type Stage, sceneAt, sendOnce } from "./scene";

const FACTOR = "app/settings/profile/second-factor/actions.ts";
const PAGE = "/settings/profile/second-factor";
const OWN = "it is about the person alone";
const ONCE = "a code counts once";
const CODES: readonly (string | null)[] = ["", "\u0000", "a\u202eb", "__proto__", "x".repeat(9_000), null];

/** What the person's app shows so many half minutes from now: a code that was used does not count again. */
const codeOf = (secret: string, later: number): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + later * 30_000 });

/** A customer who has begun, and the secret their app was shown. */
async function begun(stage: Stage): Promise<{ customer: Customer; cookie: string; secret: string }> {
  const customer = await stage.customer();
  const filled = { password: PASSWORD };
  const scene = await sceneAt(stage, customer, `${FACTOR}#beginFactorAction`, { path: PAGE, filled });
  await sendOnce(stage, scene);
  const page = await fetch(stage.world.facts.url + PAGE, { headers: { Cookie: scene.cookie } });
  const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(await page.text())?.[1]?.replaceAll(" ", "");
  if (!secret) throw new Error("the page shows no secret");
  return { customer, cookie: scene.cookie, secret };
}

/** A customer with a second factor, on its page. */
async function turnedOn(stage: Stage): Promise<{ customer: Customer; cookie: string; secret: string }> {
  const { customer, cookie, secret } = await begun(stage);
  const { facts } = stage.world;
  const form = await captureActionForm(facts, `${FACTOR}#confirmFactorAction`, { path: PAGE, cookie });
  const { status } = await sendForm(facts, form, { cookie }, { code: codeOf(secret, -1) });
  if (status !== 200) throw new Error(`the second factor was not turned on (${status})`);
  // Every other session ended, this one under its name of before.
  return { customer, cookie: await freshCookie(stage, customer), secret };
}

async function freshCookie({ world }: Stage, customer: Customer): Promise<string> {
  const [user] = await world.owner<{ version: number }[]>`
    select session_version as version from users where id = ${customer.userId}`;
  return cookieOf(world.facts, customer, user?.version ?? 1);
}

const withCode =
  (action: string): ActionRow["arrange"] =>
  async (stage): Promise<Scene> => {
    const { customer, cookie, secret } = await turnedOn(stage);
    const form = await captureActionForm(stage.world.facts, action, { path: PAGE, cookie });
    return { customer, cookie, form, filled: { code: codeOf(secret, 0) } };
  };

/** Of what is on one's own profile beside name and password. */
export const FACTOR_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/sign-in/actions.ts#secondStepAction": {
    arrange: async (stage, action) => {
      const { facts, owner } = stage.world;
      const { customer, secret } = await turnedOn(stage);
      const { userId, accountId } = customer;
      const [user] = await owner<{ version: number }[]>`
        select session_version as version from users where id = ${userId}`;
      const half = { userId, accountId, sessionVersion: user?.version ?? 1, way: "password" } as const;
      const cookie = `${cookieName(facts.url, "refill.second-factor")}=${await sealHalfSignedIn(half, facts.authSecret)}`;
      const form = await captureActionForm(facts, action, { path: "/sign-in/second-factor", cookie });
      return { customer, cookie, form, filled: { code: codeOf(secret, 0) } };
    },
    bad: { code: CODES },
    publicBecause: "who is half signed in is nobody yet",
    memberMayBecause: OWN,
    repeatableBecause: ONCE,
  },
  [`${FACTOR}#beginFactorAction`]: {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer(), action, { path: PAGE, filled: { password: PASSWORD } }),
    bad: { password: ["", "wrong", "\u0000", "x".repeat(9_000), null] },
    memberMayBecause: OWN,
    repeatableBecause: "nothing counts before a code of it was typed",
  },
  [`${FACTOR}#confirmFactorAction`]: {
    arrange: async (stage, action) => {
      const { customer, cookie, secret } = await begun(stage);
      const form = await captureActionForm(stage.world.facts, action, { path: PAGE, cookie });
      return { customer, cookie, form, filled: { code: codeOf(secret, 0) } };
    },
    bad: { code: CODES },
    memberMayBecause: OWN,
    effects: async ({ owner }, { userId }) => {
      const [found] = await owner<{ n: number }[]>`
        select count(*)::int / 10 as n from recovery_codes where user_id = ${userId}`;
      return found?.n ?? 0;
    },
  },
  [`${FACTOR}#replaceCodesAction`]: {
    arrange: withCode(`${FACTOR}#replaceCodesAction`),
    bad: { code: CODES },
    memberMayBecause: OWN,
    repeatableBecause: ONCE,
  },
  [`${FACTOR}#removeFactorAction`]: {
    arrange: withCode(`${FACTOR}#removeFactorAction`),
    bad: { code: CODES },
    memberMayBecause: OWN,
    repeatableBecause: ONCE,
  },
  "app/settings/profile/mail-actions.ts#saveMailsAction": {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer(), action, {
        path: "/settings/profile",
        filled: { low_credits: "on" },
      }),
    bad: {},
    memberMayBecause: OWN,
    repeatableBecause: "the same choice is saved again",
  },
};
