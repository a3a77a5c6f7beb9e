import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessible";
import type { Customer } from "./customers";
import { BILLING, confirm, expectPaid, HISTORY, heading, OVERVIEW, order } from "./pages";
import { cookieOf } from "./session";
import { subscribe } from "./subscribers";
import { expect, test, type World } from "./test";

const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: true });

// Receipts and invoices open at our own addresses, which ask Stripe for a link each time: its links end, ours do not.

const DOCUMENTS = `${BILLING}/documents`;

/** Somebody with a paid order and a paid invoice, and the addresses of their documents. */
async function withDocuments(page: Page, world: World, customer: Customer) {
  await subscribe(world, customer, "starter");
  await order(page, { card: "$100" });
  await confirm(page);
  await expectPaid(page, 32_000_000n);
  const [placed] = await customer.orders();
  const [invoice] = await world.owner<{ id: string }[]>`
    select id from invoices where account_id = ${customer.accountId}`;
  return {
    receipt: `${DOCUMENTS}/receipts/ord_${placed?.id.replaceAll("-", "")}`,
    invoice: `${DOCUMENTS}/invoices/${invoice?.id}`,
    pdf: `${DOCUMENTS}/invoices/${invoice?.id}/pdf`,
  };
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a receipt and an invoice open from the pages, at Stripe's, and no page has a link of Stripe's", async ({
      page,
      buyer,
      world,
    }) => {
      const customer = await buyer({ plan: "free", spent: 1_000_000n });
      await withDocuments(page, world, customer);
      const opened = async (name: string | RegExp) => {
        const [tab] = await Promise.all([page.waitForEvent("popup"), link(page, name).first().click()]);
        await tab.waitForLoadState();
        expect(tab.url()).toContain(world.facts.simulatorUrl);
        return tab;
      };
      await expect((await opened(/^Stripe receipt/)).getByText("$100.00").first()).toBeVisible();
      await page.goto(HISTORY);
      await expect((await opened(/^Receipt of order/)).getByText("$100.00").first()).toBeVisible();
      await expect((await opened(/^Invoice of invoice/)).getByText("$299.00").first()).toBeVisible();
      for (const path of [HISTORY, OVERVIEW]) {
        const html = await (await page.request.get(path)).text();
        expect(html).not.toContain(new URL(world.facts.simulatorUrl).host);
      }
    });

    test("where Stripe has no document, a page says so and what to do", async ({
      page,
      buyer,
      world,
      fault,
    }) => {
      const customer = await buyer({ plan: "free", spent: 1_000_000n });
      const { invoice, receipt } = await withDocuments(page, world, customer);
      // One that Stripe does not know: of another Stripe account, or deleted there.
      const gone = `in_gone${customer.accountId.slice(-12)}`;
      await world.owner`insert into invoices select (jsonb_populate_record(i, jsonb_build_object('id', ${gone}::text))).*
        from invoices i where account_id = ${customer.accountId}`;
      await page.goto(`${DOCUMENTS}/invoices/${gone}`);
      await expect(heading(page, "There is no page of this invoice")).toBeVisible();
      await expect(link(page, "Write to us")).toHaveAttribute("href", new RegExp(`^mailto:.*${gone}$`));
      if (javaScriptEnabled) await expectAccessible(page);
      await world.owner`delete from invoices where id = ${gone}`;
      await fault({ kind: "fail_before", match: { method: "GET", pathPattern: "/v1/invoices/*" } });
      await page.goto(invoice);
      await expect(heading(page, "No answer from our payment provider")).toBeVisible();
      await fetch(`${world.facts.simulatorUrl}/_sim/faults`, { method: "DELETE" });
      await link(page, "Try again").click();
      await expect(page.getByText("$299.00").first()).toBeVisible();
      expect(page.url()).toContain(world.facts.simulatorUrl);
      await page.goto(`${DOCUMENTS}?document=receipt&id=${receipt.split("/").at(-1)}&why=no_document`);
      await expect(heading(page, "There is no receipt")).toBeVisible();
      await link(page, "See the order").click();
      await expect(heading(page, "Payment received")).toBeVisible();
    });
  });
}

test("each leads on by 303, is not kept, and to another account does not exist", async ({
  page,
  buyer,
  customer,
  world,
}) => {
  const mine = await buyer({ plan: "free", spent: 1_000_000n });
  const documents = await withDocuments(page, world, mine);
  const ask = async (path: string, who: Customer | null) => {
    const headers = who ? { Cookie: await cookieOf(world.facts, who) } : undefined;
    return fetch(world.facts.url + path, { redirect: "manual", ...(headers && { headers }) });
  };
  const stranger = await customer({ plan: "free" });
  for (const path of Object.values(documents)) {
    const answer = await ask(path, mine);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("location")).toContain(world.facts.simulatorUrl);
    const theirs = await ask(path, stranger);
    expect([theirs.status, theirs.headers.get("location")]).toEqual([404, null]);
    expect(await theirs.text()).toBe("Your account has no such document.\n");
    expect((await ask(path, null)).headers.get("location")).toContain(`/sign-in?callbackUrl=`);
  }
  // The file has the same addresses, whole.
  const csv = await (await page.request.get(`${HISTORY}/export`)).text();
  for (const path of [documents.receipt, documents.invoice]) expect(csv).toContain(world.facts.url + path);
  expect(csv).not.toContain(new URL(world.facts.simulatorUrl).host);
});

test("more than twenty documents a minute are asked to wait", async ({ page, buyer, world }) => {
  const documents = await withDocuments(page, world, await buyer({ plan: "free", spent: 1_000_000n }));
  const headers = {
    Cookie: (await page.context().cookies()).map((each) => `${each.name}=${each.value}`).join("; "),
  };
  const open = () => fetch(world.facts.url + documents.receipt, { redirect: "manual", headers });
  const all = await Promise.all(Array.from({ length: 22 }, open));
  const late = all.filter((each) => each.headers.get("location")?.includes("why=too_often"));
  expect(late).toHaveLength(2);
  await page.goto(documents.receipt);
  await expect(heading(page, "Too many documents at once")).toBeVisible();
});
