import type { BrowserContext } from "@playwright/test";
import { openSession } from "../../lib/auth/session-token";
import type { Customer } from "./customers";
import { cookieOf, enter } from "./session";
import type { World } from "./test";

/** Makes a customer an operator, and answers a `Cookie` header of theirs: at an open desk, unless it is to be shut. */
export async function operatorCookie(
  world: World,
  customer: Customer,
  { steppedUp = true }: { readonly steppedUp?: boolean } = {},
): Promise<string> {
  const { facts, owner } = world;
  await owner`update users set is_operator = true where id = ${customer.userId}`;
  const cookie = await cookieOf(facts, customer);
  if (steppedUp) await openDesk(world, cookie);
  return cookie;
}

/** Opens the desk in the session of a `Cookie` header, or shuts it. */
export async function openDesk({ facts, owner }: World, cookie: string, isOpen = true): Promise<void> {
  const session = await openSession(cookie.slice(cookie.indexOf("=") + 1), facts.authSecret);
  if (!session) throw new Error("this is no session's cookie");
  await owner`
    update sessions set stepped_up_at = case when ${isOpen} then pg_catalog.now() end,
      desk_used_at = case when ${isOpen} then pg_catalog.now() end
    where id = ${session.sessionId}`;
}

/** Makes a customer an operator and signs them in, in this browser, at an open desk. */
export async function enterDesk(context: BrowserContext, world: World, customer: Customer): Promise<void> {
  const { owner } = world;
  await owner`update users set is_operator = true where id = ${customer.userId}`;
  await enter(context, world.facts, customer);
  await owner`
    update sessions set stepped_up_at = pg_catalog.now(), desk_used_at = pg_catalog.now()
    where user_id = ${customer.userId} and ended_at is null`;
}
