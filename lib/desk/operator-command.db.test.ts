import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ROOT } from "@/dev/build";
import { buyingAt } from "@/dev/testing/buying";
import { compiled } from "@/dev/testing/compiled";
import { openShop } from "@/dev/testing/shop";
import { toPublicId } from "../ids";
import { operatorCommand } from "./operator-command";

const shop = openShop();
const { place, confirm, view } = buyingAt(shop);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const command = (...args: string[]) =>
  operatorCommand(args, () => ({ ...shop.deps, log, approvals: { credits: null, cents: null } }));
const run = async (...args: string[]) => {
  const { text, code } = await command(...args);
  expect(code, text).toBe(0);
  return text;
};

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
    for (const [args, code, sentence] of [
      [[], 2, "Usage:"],
      [["show", account], 2, "--as is missing"],
      [["show", account, "--as", buyer.email], 2, "names nobody"],
      [["show", account, "--as", "x"], 2, "names nobody"],
      [["show", "acct_1", ...as], 1, "There is no such account"],
      [["show", "ord_1", ...as], 1, "There is no such order"],
      [["timeline", account, "--kind", "x", ...as], 1, "There is no such kind"],
      [["ledger", account, "--grant", "x", ...as], 1, "A grant is named"],
      [["find", "nobody@example.com"], 1, "Nothing here is that"],
      [["nonsense", "x"], 2, 'There is no "nonsense"'],
      [["find", "a", "b"], 2, "Usage:"],
      [["--unknown"], 2, "Usage:"],
    ] as const)
      expect(await command(...args), args.join(" ")).toEqual({
        code,
        text: expect.stringContaining(sentence),
      });
    await shop.owner`update users set disabled_at = now() where id = ${operator.userId}`;
    expect(await command("show", account, ...as)).toMatchObject({
      code: 2,
      text: expect.stringContaining("names nobody"),
    });
    expect(await run("--help")).toContain("Usage:");
  });

  it("prints what waits to programs on its standard output, and ends with 1; with 2 for words nobody understands", async () => {
    await shop.owner`insert into stripe_events (id, type, payload, created_at, parked_reason)
      values ('evt_waits', 'product.created', '{}', now(), '20 tries: no')`;
    const queue = await command("queue", "events", "--json");
    expect([queue.code, JSON.parse(queue.text)]).toMatchObject([1, [{ id: "evt_waits" }]]);
    const none = await command("find", "nobody@example.com", "--json");
    expect([none.code, JSON.parse(none.text)]).toEqual([1, { refused: "Nothing here is that." }]);
    const main = await compiled("lib/desk/main.ts");
    const env = {
      ...process.env,
      DATABASE_URL: shop.appUrl,
      AUTH_SECRET: "a secret of at least 32 characters",
      STRIPE_SECRET_KEY: "sk_test_operator",
      STRIPE_WEBHOOK_SECRET: "whsec_operator",
    };
    const typed = (...args: string[]) =>
      promisify(execFile)(process.execPath, [main, ...args], { env, cwd: ROOT }).catch((error) => error);
    const said = await typed("queue", "events", "--json");
    expect([said.code, said.stderr, JSON.parse(said.stdout)]).toMatchObject([1, "", [{ id: "evt_waits" }]]);
    expect(await typed("queue", "nothing")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("A queue is one of"),
    });
  }, 60_000);
});
