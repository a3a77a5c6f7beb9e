import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { grants } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { openTestDatabase } from "../../../dev/testing/database";
import { makeAccount } from "../../../dev/testing/factories";
import { newId } from "../../ids";
import { commit } from "../../ledger/commit";
import { credits } from "../../money/credits";
import { extendAddOns } from "./extend-add-ons";

const test = openTestDatabase();
const HOUR_MS = 3_600_000;
const hours = (count: number) => new Date(Date.now() + count * HOUR_MS);

/** Add-on credits that ended an hour ago, and a change of the cycle two hours ago that is heard of only now. */
async function hearOfLateChange({ frozen }: { frozen: boolean }) {
  const { accountId } = await makeAccount(test.db);
  const id = newId();
  const cut = {
    key: { subscriptionItemId: "si_1", startsAt: hours(-2), month: 0, part: 0 },
    at: hours(-2),
    until: hours(100),
  };
  await transact(test.db, async (tx) => {
    const grant = { id, kind: "adjustment", source: `given:${id}`, credits: credits(700n) } as const;
    const command = {
      kind: "grant",
      grant: { ...grant, startsAt: hours(-9), expiresAt: hours(-1) },
    } as const;
    await commit(tx, accountId, [{ key: id, command }]);
    if (frozen)
      await commit(tx, accountId, [{ key: newId(), command: { kind: "freeze", grantId: id } as const }]);
    await extendAddOns(tx, accountId, [cut as never], new Date());
  });
  return test.db
    .select({ kind: grants.kind })
    .from(grants)
    .where(and(eq(grants.accountId, accountId), eq(grants.source, `carried:${id}`)));
}

it("what expired because a change was heard of late is given once more", async () => {
  expect(await hearOfLateChange({ frozen: false })).toEqual([{ kind: "adjustment" }]);
});

it("what is in dispute is not: whoever decides the dispute gives it anew, and it would be given twice", async () => {
  expect(await hearOfLateChange({ frozen: true })).toEqual([]);
});
