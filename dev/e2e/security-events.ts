import type { SecurityEventKind } from "../../lib/auth/security-events";
import { expect, type World } from "./test";

/** That something of this kind was written down; of what anybody can cause, a minute's excess is counted instead. */
export async function expectSecurityEvent({ owner }: World, kind: SecurityEventKind): Promise<void> {
  await expect
    .poll(async () => (await owner`select 1 from security_events where kind = ${kind} limit 1`).length, kind)
    .toBe(1);
}
