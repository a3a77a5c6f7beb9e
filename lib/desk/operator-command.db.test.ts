import { describe, expect, it } from "vitest";
import { buyingAt } from "@/dev/testing/buying";
import { openShop } from "@/dev/testing/shop";
import { toPublicId } from "../ids";
import { operatorCommand } from "./operator-command";

const shop = openShop();
const { place, confirm, view } = buyingAt(shop);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const run = (...args: string[]) =>
  operatorCommand(args, () => ({ ...shop.deps, log, approvals: { credits: null, cents: null } }));

async function stage() {
  const buyer = await shop.makeBuyer();
  const operator = await shop.makeBuyer();
  await shop.owner`update users set is_operator = true where id = ${operator.userId}`;
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const { reference } = await view(buyer, orderId);
  return {
    buyer,
    operator,
    reference,
    account: toPublicId("account", buyer.accountId),
    order: toPublicId("order", orderId),
  };
}

describe("npm run operator", () => {
  it("finds, shows, and tells what happened and every entry, for who runs the product", async () => {
    const { buyer, operator, reference, account, order } = await stage();
    expect(await run("find", buyer.email)).toContain(account);
    expect(JSON.parse(await run("find", reference, "--json"))).toMatchObject([
      { accountId: account, orderId: order },
    ]);
    const as = ["--as", operator.email.toUpperCase()];
    const shown = await run("show", account, ...as);
    for (const text of [buyer.email, buyer.customerId, reference, "32,000,000"])
      expect(shown).toContain(text);
    expect(JSON.parse(await run("show", account, "--json", ...as))).toMatchObject({
      figures: expect.arrayContaining([{ name: "remaining", credits: "32000000" }]),
    });
    expect(await run("show", order, ...as)).toContain(`Order ${reference}`);
    expect(await run("timeline", account, "--kind", "payments", ...as)).toContain("cents=10000");
    const ledger = JSON.parse(await run("ledger", account, "--json", ...as));
    expect(ledger.entries.map((each: { credits: string }) => each.credits)).toEqual(["8000000", "24000000"]);
    const [kept] = await shop.owner<{ views: number }[]>`
      select count(*)::int as views from security_events where kind = 'account_viewed' and user_id = ${operator.userId}`;
    expect(kept?.views).toBe(1);
  });

  it("refuses in a sentence who looks as nobody, and what is not there", async () => {
    const { buyer, operator, account } = await stage();
    const as = ["--as", operator.email];
    for (const [args, sentence] of [
      [[], "Usage:"],
      [["show", account], "--as is missing"],
      [["show", account, "--as", buyer.email], "names nobody"],
      [["show", account, "--as", "x"], "names nobody"],
      [["show", "acct_1", ...as], "There is no such account"],
      [["show", "ord_1", ...as], "There is no such order"],
      [["timeline", account, "--kind", "x", ...as], "There is no such kind"],
      [["ledger", account, "--grant", "x", ...as], "A grant is named"],
      [["find", "nobody@example.com"], "Nothing here is that"],
      [["nonsense", "x"], 'There is no "nonsense"'],
      [["find", "a", "b"], "Usage:"],
      [["--unknown"], "Usage:"],
    ] as const)
      await expect(run(...args), args.join(" ")).rejects.toThrow(sentence);
    await shop.owner`update users set disabled_at = now() where id = ${operator.userId}`;
    await expect(run("show", account, ...as)).rejects.toThrow("names nobody");
    expect(await run("--help")).toContain("Usage:");
  });
});
