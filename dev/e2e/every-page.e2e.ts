import type { Page } from "@playwright/test";
import { toPublicId } from "../../lib/ids";
import { listPages } from "./attacks/inventory";
import { confirmedOrder, type Stage, waitingUpgrade } from "./attacks/scene";
import type { Customer } from "./customers";
import { enterDesk } from "./operators";
import {
  BUY_CREDIT,
  button,
  CARDS,
  card,
  confirm,
  DETAILS,
  HISTORY,
  heading,
  OVERVIEW,
  PLANS,
  USAGE,
} from "./pages";
import { enter } from "./session";
import { expect, test } from "./test";
import { storeAttention, storeEvent } from "./waiting";

// What must hold of every page there is: it says where one is, before anything else, and nothing of it is cut off.

type Row = {
  /** Where it is, if not at its own address. */
  readonly path?: string;
  readonly title: string | RegExp;
  readonly heading: string | RegExp;
};

const same = (text: string | RegExp, path?: string): Row => ({
  title: text,
  heading: text,
  ...(path !== undefined && { path }),
});

/** Only lead on, for who is signed in. */
const LEAD_ON = [
  "/",
  "/settings",
  "/settings/billing",
  "/settings/billing/documents", // What stands there has an address made by what went wrong.
  "/sign-in",
  "/sign-in/second-factor",
  "/admin/step-up", // At an open desk; shut, see desk.e2e.ts.
];

function rowsFor(
  customer: Customer,
  paths: { order: string; payment: string },
): Readonly<Record<string, Row>> {
  const [firstCard = ""] = customer.cardIds;
  const order = paths.order.split("/").at(-1);
  return {
    "/settings/billing/overview": same("Overview"),
    "/settings/billing/usage": same("Usage"),
    "/settings/billing/buy-credit": same("Buy Credit"),
    "/settings/billing/buy-credit/[orderId]": {
      path: paths.order,
      title: /^Paid, CR-/,
      heading: "Payment received",
    },
    "/settings/billing/buy-credit/[orderId]/refund": same(/^Refund order CR-/, `${paths.order}/refund`),
    "/settings/billing/plans": same("Plans"),
    "/settings/billing/plans/cancel": same("Cancel plan"),
    "/settings/billing/plans/change": same("Upgrade", `${PLANS}/change?to=premium&interval=month`),
    "/settings/billing/plans/contact": same("Ask for a Custom plan"),
    "/settings/billing/plans/downgrade": same(
      "Change at the end of what is paid for",
      `${PLANS}/downgrade?to=starter&interval=month`,
    ),
    "/settings/billing/plans/payments/[paymentId]": {
      path: paths.payment,
      title: "Waiting for your bank, upgrade to Premium",
      heading: "Your bank wants to confirm this payment",
    },
    "/settings/billing/history": same("History"),
    "/settings/billing/payment-method": same("Payment methods"),
    "/settings/billing/payment-method/remove": same(/^Remove Visa/, `${CARDS}/remove?card=${firstCard}`),
    "/settings/billing/details": same("Billing details"),
    "/settings/billing/documents/orders/[orderId]": same(
      /^Invoice INV-/,
      `/settings/billing/documents/orders/${order}`,
    ),
    "/settings/colleagues": same("Colleagues"),
    "/settings/colleagues/person": same(
      "Tess Tester",
      `/settings/colleagues/person?id=usr_${customer.userId.replaceAll("-", "")}`,
    ),
    "/settings/profile": same("Profile"),
    "/settings/profile/second-factor": same("Second factor"),
    "/settings/profile/sign-ins": same("Sign-in history"),
    "/settings/[...rest]": {
      path: "/settings/nowhere",
      title: "Not found",
      heading: "There is nothing here",
    },
    "/forgot-password": same("Forgot your password?"),
    "/reset-password": same("This link no longer works"),
    "/undo-email": same("This link no longer works"),
    "/confirm-email": same("This link does not work here"),
    "/join": same("This invitation is over"),
    "/unsubscribe": same("This link is incomplete"),
    "/api/v1/docs": same("API"),
  };
}

/** For an operator at an open desk. */
function deskRows(
  { accountId, email }: Customer,
  places: { order: string; attention: string; event: string },
): Readonly<Record<string, Row>> {
  const name = `Account of ${email}`;
  const account = `/admin/accounts/${toPublicId("account", accountId)}`;
  return {
    "/admin": same("Desk"),
    "/admin/find": same("Find"),
    "/admin/acts": same("Acts"),
    "/admin/keys": same("API keys"),
    "/admin/acts/[kind]": same("Give credits", "/admin/acts/grant"),
    "/admin/accounts/[id]": { path: account, title: `Account, ${name}`, heading: name },
    "/admin/accounts/[id]/timeline": {
      path: `${account}/timeline`,
      title: `Timeline, ${name}`,
      heading: name,
    },
    "/admin/accounts/[id]/ledger": { path: `${account}/ledger`, title: `Ledger, ${name}`, heading: name },
    "/admin/orders/[id]": same(/^Order CR-/, `/admin/orders/${places.order.split("/").at(-1)}`),
    "/admin/queues/[queue]": same("Disputes to answer", "/admin/queues/disputes"),
    "/admin/attention/[id]": same("Needs attention", `/admin/attention/${places.attention}`),
    "/admin/events": same("Events"),
    "/admin/events/[id]": same("product.created", `/admin/events/${places.event}`),
    "/admin/money": same("Money"),
    "/admin/reconciliation": same("Reconciliation"),
  };
}

const WIDTHS = [340, 820] as const;

/** A pair for each that is wrong at this width: what scrolls sideways, and which link of a navigation is cut. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const links = [...document.querySelectorAll("nav a")].filter((link) => {
      const { left, right } = link.getBoundingClientRect();
      return left < 0 || right > clientWidth;
    });
    return [
      ...(scrollWidth > clientWidth ? [`scrolls sideways: ${scrollWidth} px`] : []),
      ...links.map((link) => `cut: ${link.textContent}`),
    ];
  });

test("every page says where one is before anything else, and fits 340 and 820 pixels", async ({
  page,
  context,
  browser,
  world,
  customer: make,
  fault,
}) => {
  test.slow(); // All pages there are.
  const stage: Stage = { world, customer: make, fault };
  const { customer, path: payment } = await waitingUpgrade(stage);
  const order = await confirmedOrder(stage, customer);
  await enter(context, world.facts, customer);
  const rows = rowsFor(customer, { order, payment });
  const ofDesk = deskRows(customer, {
    order,
    attention: await storeAttention(world, customer.accountId),
    event: await storeEvent(world, { handled: true }),
  });
  const listed = [...Object.keys(rows), ...Object.keys(ofDesk), ...LEAD_ON];
  expect(listed.sort()).toEqual([...listPages()].sort());
  const missing = { title: "Not found", heading: "There is nothing here" };
  await expectToSayWhere(page, [
    ...Object.entries(rows),
    ["/nowhere", missing],
    [`${BUY_CREDIT}/ord_${"0".repeat(32)}`, missing],
    ["/admin/nowhere", missing],
  ]);
  const desk = await browser.newContext({ baseURL: world.facts.url });
  await enterDesk(desk, world, await make());
  await expectToSayWhere(await desk.newPage(), Object.entries(ofDesk));
  await desk.close();
});

async function expectToSayWhere(page: Page, rows: readonly (readonly [string, Row])[]): Promise<void> {
  for (const [address, { path = address, title, heading: first }] of rows) {
    const answer = await page.goto(path);
    const html = (await answer?.text()) ?? "";
    expect(html.split("<title>").length - 1, `${path}: titles`).toBe(1);
    expect(html.indexOf("<title>"), `${path}: the title is in the head`).toBeLessThan(html.indexOf("<body"));
    expect((await page.title()).replace(/ · [^·]+$/, ""), path).toEqual(
      typeof title === "string" ? title : expect.stringMatching(title),
    );
    await expect(page.locator("h1"), path).toHaveCount(1);
    await expect(page.locator("h1"), path).toHaveText(first);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await cutOff(page), `${path} at ${width} px`).toEqual([]);
    }
  }
}

/** What a screen reader was told last of where one is. */
const announced = (page: Page) => page.locator("next-route-announcer [role=alert]");

test("every navigation announces its title, and the focus is never lost", async ({ page, buyer }) => {
  await buyer();
  await page.goto(OVERVIEW);
  for (const tab of ["Usage", "Buy Credit", "Plans", "History", "Overview", "Buy Credit"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await expect(announced(page)).toHaveText(new RegExp(`^${tab} · `));
    await expect(page.getByRole("heading", { level: 1, name: tab })).toHaveCount(1);
  }
  await card(page, "$100").check();
  await button(page, "Proceed to Payment").click();
  await expect(heading(page, "Review and confirm")).toBeFocused();
  await expect(announced(page)).toHaveText(/^Confirm order CR-/);
  await confirm(page);
  await expect(heading(page, "Payment received")).toBeFocused();
  await expect(announced(page)).toHaveText(/^Paid, CR-/);
});

test("where colours are the system's, what is current, chosen and used can be told apart", async ({
  page,
  buyer,
}) => {
  await buyer({ spent: 9_000_000n, cards: ["pm_card_visa", "pm_card_mastercard"] });
  await page.emulateMedia({ forcedColors: "active" });
  const looks = (selector: string) =>
    page.locator(selector).evaluateAll((all) =>
      all.map((each) => {
        const { backgroundColor, color } = getComputedStyle(each);
        return `${backgroundColor} ${color}`;
      }),
    );
  for (const path of [OVERVIEW, USAGE, HISTORY, BUY_CREDIT, DETAILS]) {
    await page.goto(path);
    const [current] = await looks("nav a[aria-current]");
    expect(current, path).toBeTruthy();
    expect(await looks("nav a:not([aria-current])"), path).not.toContain(current);
  }
  await page.goto(BUY_CREDIT);
  await card(page, "$500").check();
  const [chosen] = await looks("label:has(input:checked)");
  expect(await looks("label:has(input[type=radio]:not(:checked))")).not.toContain(chosen);
  await page.goto(OVERVIEW);
  const parts = await looks(".segment-bar > *");
  expect(new Set(parts).size).toBe(parts.length);
  const [filled] = await looks("[role=progressbar] > *");
  expect(await looks("[role=progressbar]")).not.toContain(filled);
});
