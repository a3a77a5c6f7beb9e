import type { Locator, Page } from "@playwright/test";
import { transact } from "../../db/transact";
import { newId } from "../../lib/ids";
import { commit } from "../../lib/ledger/commit";
import type { Command } from "../../lib/ledger/decide";
import { startCycle } from "../../lib/ledger/start-cycle";
import { credits } from "../../lib/money/credits";
import { expectAccessible } from "./accessible";
import type { Customer } from "./customers";
import { expectCredits, figure, HISTORY, OVERVIEW, USAGE } from "./pages";
import { expect, test, type World } from "./test";

const PLAN = 24_000_000n;
const DAY_MS = 86_400_000;

const act = (world: World, { accountId }: Customer, ...commands: readonly Command[]) =>
  transact(world.db, (tx) =>
    commit(
      tx,
      accountId,
      commands.map((command) => ({ key: newId(), command })),
    ),
  );

function grant(amount: bigint): { readonly id: string; readonly command: Command } {
  const id = newId();
  const span = { startsAt: new Date(Date.now() - DAY_MS), expiresAt: new Date(Date.now() + DAY_MS) };
  return {
    id,
    command: {
      kind: "grant",
      grant: { id, kind: "adjustment", source: id, credits: credits(amount), ...span },
    },
  };
}

async function planGrant(customer: Customer): Promise<string> {
  const { grants } = await customer.balance();
  const plan = grants.find((each) => each.kind === "plan");
  if (!plan) throw new Error("the plan gave credits");
  return plan.id;
}

const panelOn = (path: string) => (path === OVERVIEW ? "Credit Usage" : "Balance");
const part = (page: Page, path: string, name: string): Locator =>
  page.getByRole("region", { name: panelOn(path), exact: true }).locator(`[data-part="${name}"]`);

type Expected = {
  readonly total: bigint;
  readonly used: bigint;
  readonly remaining: bigint;
  readonly parts: Readonly<Record<string, bigint>>;
};

/** The same on both pages that show them, and nothing there that is zero. */
async function expectFigures(page: Page, { total, used, remaining, parts }: Expected): Promise<void> {
  for (const path of [OVERVIEW, USAGE]) {
    await page.goto(path);
    await expectCredits(figure(page, panelOn(path), "Total"), total);
    await expectCredits(figure(page, panelOn(path), "Used"), used);
    await expectCredits(figure(page, panelOn(path), "Remaining"), remaining);
    for (const name of ["paidBack", "held", "frozenPlan", "frozenAddOn", "expired"]) {
      if (name in parts) await expectCredits(part(page, path, name), parts[name] ?? 0n);
      else await expect(part(page, path, name)).toHaveCount(0);
    }
  }
}

test("after an upgrade Used is what was used since, and what was there before is named", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ spent: 11_500_000n });
  await new Promise((resume) => setTimeout(resume, 20));
  await transact(world.db, (tx) => startCycle(tx, customer.accountId, new Date(Date.now() - 5)));
  await act(world, customer, grant(40_000_000n).command);
  await customer.spend(271_486n);
  const total = PLAN - 11_500_000n + 40_000_000n;
  await expectFigures(page, { total, used: 271_486n, remaining: total - 271_486n, parts: {} });
  await page.goto(OVERVIEW);
  await expect(figure(page, "Credit Usage", "Total")).toContainText(/12,500,000 from before, until \w+ \d+/);
  await expectAccessible(page);
});

test("credits that are frozen are in the total, and Remaining is not green", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ spent: 640_000n });
  await act(world, customer, { kind: "freeze", grantId: await planGrant(customer) });
  await expectFigures(page, {
    total: PLAN,
    used: 640_000n,
    remaining: 0n,
    parts: { frozenPlan: PLAN - 640_000n },
  });
  await expect(part(page, USAGE, "frozenPlan")).toContainText("Frozen until paid");
  await expect(figure(page, "Balance", "Remaining").locator(".text-good")).toHaveCount(0);
  await page.goto(OVERVIEW);
  await expectAccessible(page);
});

test("what is owed is beyond the total, and what pays it back is no usage", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ spent: 640_000n });
  await act(world, customer, {
    kind: "revoke",
    grantId: await planGrant(customer),
    credits: credits(PLAN),
  });
  await expectFigures(page, { total: 640_000n, used: 640_000n, remaining: 0n, parts: {} });
  await page.goto(OVERVIEW);
  await expectCredits(page.locator("[data-owed]"), 640_000n);
  await expect(page.getByRole("region", { name: "Where your credits come from" })).toContainText(
    "You have no credits at the moment.",
  );
  await expectAccessible(page);

  await act(world, customer, grant(1_000_000n).command);
  await expectFigures(page, {
    total: 1_640_000n,
    used: 640_000n,
    remaining: 360_000n,
    parts: { paidBack: 640_000n },
  });
  await expect(page.getByRole("region", { name: "Used by source" })).toContainText("Paid back");
  await expectAccessible(page);
  await page.goto(HISTORY);
  const added = page.getByRole("region", { name: "Credits added" });
  await expect(added).toContainText("Paid back");
  await expect(added).toContainText("Revoked");
  await expectAccessible(page);
});
