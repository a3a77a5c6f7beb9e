import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { users } from "../../../db/schema";
import { openShop } from "../../../dev/testing/shop";
import { newId, toPublicId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { credits } from "../../money/credits";
import { actCommand } from "./acts";

const shop = openShop();
const EMAIL = "oona@example.com";
beforeAll(async () => {
  await shop.owner`insert into users (id, email, name, is_operator) values (${newId()}, ${EMAIL}, 'Oona', true)`;
});
const runUnder = (most: bigint | null, ...args: string[]) => {
  const approvals = { credits: most === null ? null : credits(most), cents: null };
  return actCommand(args, () => ({ ...shop.deps, approvals }));
};
const run = (...args: string[]) => runUnder(null, ...args);
const PLAN = 24_000_000n;
const WHO = ["--as", EMAIL, "--reason", "Asked for on the phone"];

describe("npm run operator", () => {
  it("shows what an act would do, does it, lists it, and takes it back", async () => {
    const { accountId } = await shop.makeBuyer();
    const account = toPublicId("account", accountId);
    const take = ["do", "take", "--account", account, "--credits", "25", ...WHO];
    const seen = await run(...take, "--preview");
    expect(seen).toMatchObject({
      code: 0,
      text: expect.stringContaining("Remaining: 24000000 → 23999975 credits"),
    });
    expect((await getBalance(shop.db, accountId)).remaining).toBe(PLAN);

    const done = await run(...take, "--yes", "--json");
    expect(done.code).toBe(0);
    const { act } = JSON.parse(done.text) as { act: string };
    expect((await getBalance(shop.db, accountId)).remaining).toBe(PLAN - 25n);
    const log = await run("log", "--account", account);
    expect(log.text).toContain(act);
    expect(log.text).toContain(EMAIL);
    expect((await run("undo", act, ...WHO, "--yes")).code).toBe(0);
    expect((await getBalance(shop.db, accountId)).remaining).toBe(PLAN);
  });

  it("refuses with a sentence and changes nothing: nobody, no reason, a stale basis, another's words", async () => {
    const { accountId, email } = await shop.makeBuyer();
    const account = toPublicId("account", accountId);
    const take = ["do", "take", "--account", account, "--credits", "25"];
    const nobody = await run(...take, "--as", email, "--reason", "x", "--yes");
    expect(nobody).toMatchObject({ code: 1, text: expect.stringContaining("no operator") });
    const without = await run(...take, "--as", EMAIL, "--yes");
    expect(without).toMatchObject({ code: 1, text: expect.stringContaining("Say why") });
    const stale = await run(...take, ...WHO, "--yes", "--basis", "another");
    expect(stale).toMatchObject({ code: 1, text: expect.stringContaining("look again") });
    for (const bad of [
      ["do", "take", "--account", account, "--credits", "25", ...WHO],
      ["do", "take", "--account", account, "--plan", "free", ...WHO, "--yes"],
      ["do", "everything", ...WHO, "--yes"],
      ["do", "take", "--account", "1", ...WHO, "--yes"],
      ["--frob"],
      ["approve", "1", "--as", EMAIL],
      ["constructor"],
    ])
      expect(await run(...bad), bad.join(" ")).toMatchObject({ code: 2 });
    expect((await getBalance(shop.db, accountId)).remaining).toBe(PLAN);
    await shop.db.update(users).set({ disabledAt: new Date() }).where(eq(users.email, EMAIL));
    expect(await run(...take, ...WHO, "--yes")).toMatchObject({ code: 1 });
    await shop.db.update(users).set({ disabledAt: null }).where(eq(users.email, EMAIL));
  });

  it("names acts and accounts for programs as it does for people", async () => {
    const { accountId } = await shop.makeBuyer();
    const account = toPublicId("account", accountId);
    const take = ["do", "take", "--account", account, "--credits", "25", ...WHO, "--yes", "--json"];
    const { act } = JSON.parse((await run(...take)).text) as { act: string };
    expect(JSON.parse((await run("log", "--account", account, "--json")).text)).toMatchObject([
      { id: act, accountId: account, kind: "take" },
    ]);
    const { waiting } = JSON.parse((await runUnder(25n, ...take)).text) as { waiting: string };
    expect(JSON.parse((await run("waiting", "--json")).text)).toMatchObject([
      { id: waiting, accountId: account, kind: "take" },
    ]);
    expect((await run("refuse", waiting, "--as", EMAIL)).text).toContain("withdrawn");
  });

  it("says where the list of what was done goes on", async () => {
    const { accountId } = await shop.makeBuyer();
    const log = async (...more: string[]) =>
      (await run("log", "--account", toPublicId("account", accountId), ...more)).text.split("\n");
    const fill = (number: number) => shop.owner`
      insert into operator_acts (id, at, operator_id, kind, account_id, reason, request, lines)
      select gen_random_uuid(), now(), ${accountId}, 'take', ${accountId}, 'why', '{}', '[]' from generate_series(1, ${number}::int)`;
    await fill(49);
    expect(await log()).toHaveLength(49);
    await fill(1);
    await fill(2);
    const first = await log();
    const [, cursor = ""] = /^Older: --before (act_\w+)$/.exec(first[50] ?? "") ?? [];
    expect(first[49]).toContain(cursor);
    const second = await log("--before", cursor);
    expect(second).toHaveLength(2);
    const idOf = (line: string) => line.split("  ")[0];
    expect(new Set([...first.slice(0, 50), ...second].map(idOf)).size).toBe(52);
    expect((await run("log", "--before", "act_1")).code).toBe(2);
  });

  it("says what there is to do", async () => {
    expect((await run("kinds")).text).toContain("refund_order");
    expect((await run("queues", "--json")).text).toContain("attention");
    expect((await run("waiting")).text).toBe("Nothing waits for a second operator.");
  });
});
