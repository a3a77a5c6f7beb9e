import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { extractText, getDocumentProxy } from "unpdf";
import { expectAccessible } from "./accessible";
import { BILLING, button, confirm, DETAILS, expectPaid, HISTORY, heading, order } from "./pages";
import { cookieOf } from "./session";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

test.describe.configure({ timeout: 120_000 });

const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: true });

async function buy(page: Page, customer: { orders(): Promise<readonly { id: string }[]> }) {
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(heading(page, "Payment received")).toBeVisible();
  const [placed] = await customer.orders();
  return `${BILLING}/documents/orders/ord_${placed?.id.replaceAll("-", "")}`;
}

async function read(file: Uint8Array): Promise<string> {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)), { mergePages: true });
  return text.replace(/\s+/g, " ");
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("billing details are entered, and an order's invoice names them, as a page and as a file", async ({
      page,
      buyer,
      world,
    }) => {
      const customer = await buyer({ name: "Ada Lovelace" });
      await page.goto(DETAILS);
      await page.getByLabel("Name or company").fill("Søn & Żółć ApS");
      await page.getByLabel("Address", { exact: true }).fill("Vesterbrogade 1");
      await page.getByLabel("Postal code").fill("1620");
      await page.getByLabel("City").fill("København");
      await page.getByLabel("Tax ID", { exact: true }).fill("DE123");
      await page.getByLabel("Kind of tax ID").selectOption("EU VAT");
      await button(page, "Save billing details").click();
      await expect(page.getByLabel("Country")).toHaveAccessibleDescription("Choose a country.");
      await expect(page.getByLabel("City")).toHaveValue("København");
      await page.getByLabel("Country").selectOption("Denmark");
      await button(page, "Save billing details").click();
      await expect(page.getByLabel("Tax ID", { exact: true })).toHaveAccessibleDescription(
        /^Our payment provider does not accept this/,
      );
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByLabel("Kind of tax ID").selectOption("EU VAT");
      await page.getByLabel("Tax ID", { exact: true }).fill("DK12345678");
      await button(page, "Save billing details").click();
      await expect(page.getByText("Saved. Your next invoices will show these details")).toBeVisible();
      const [account] = await world.owner<{ id: string }[]>`
        select stripe_customer_id as id from accounts where id = ${customer.accountId}`;
      const atStripe = await world.stripe.customers.retrieve(account?.id ?? "");
      expect(atStripe).toMatchObject({ name: "Søn & Żółć ApS", address: { country: "DK" } });

      const path = await buy(page, customer);
      await link(page, "Invoice").click();
      await expect(page).toHaveURL(path);
      const title = page.getByRole("heading", { name: /^Invoice INV-\d{6}/ });
      await expect(title).toBeVisible();
      const number = /INV-\d{6}/.exec(await title.innerText())?.[0];
      const lines = [
        "Assistant Labs GmbH",
        "Tax ID: DE123456789",
        "Søn & Żółć ApS",
        "1620 København",
        "EU VAT: DK12345678",
        `Ada Lovelace, ${customer.email}`,
        "8,000,000 add-on credits",
        "80,000 credits per US dollar",
        "US$100.00",
        "Reverse charge: VAT is to be accounted for by the recipient.",
      ];
      for (const line of lines) await expect(page.getByText(line, { exact: true }).first()).toBeVisible();
      if (javaScriptEnabled) await expectAccessible(page);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        link(page, "Download PDF").click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${number}.pdf`);
      const file = await readFile(await download.path());
      const text = await read(file);
      // A long address is broken where the line ends.
      const joined = text.replaceAll(" ", "");
      for (const line of [...lines, `Number ${number}`]) expect(joined).toContain(line.replaceAll(" ", ""));
      // The same bytes whenever it is asked for, whatever became of the details.
      await world.owner`update billing_details set name = 'Renamed' where account_id = ${customer.accountId}`;
      const again = await page.request.get(`${path}/pdf`);
      expect((await again.body()).equals(file)).toBe(true);
      expect(again.headers()).toMatchObject({
        "content-type": "application/pdf",
        "cache-control": "no-store",
        "content-disposition": `attachment; filename="${number}.pdf"`,
      });
      await page.goto(HISTORY);
      await expect(page.getByRole("link", { name: /^Invoice of order CR-/ })).toHaveAttribute("href", path);
    });
  });
}

test("an invoice is refused with a sentence: of another account, of an order that is not paid", async ({
  page,
  buyer,
  customer,
  world,
}) => {
  const mine = await buyer();
  const path = await buy(page, mine);
  const ask = async (address: string, who: { accountId: string } & Parameters<typeof cookieOf>[1]) => {
    const headers = { Cookie: await cookieOf(world.facts, who) };
    const answer = await fetch(world.facts.url + address, { redirect: "manual", headers });
    return [answer.status, answer.headers.get("cache-control"), await answer.text()];
  };
  const stranger = await customer();
  expect(await ask(`${path}/pdf`, stranger)).toEqual([
    404,
    "no-store",
    "Your account has no such document.\n",
  ]);
  expect((await ask(path, stranger))[0]).toBe(404);
  await order(page, { card: "$500" });
  const unpaid = `${BILLING}/documents/orders/${page.url().split("/").at(-1)}`;
  expect(await ask(`${unpaid}/pdf`, mine)).toEqual([
    404,
    "no-store",
    "This order is not paid, so there is no invoice for it.\n",
  ]);
  await page.goto(unpaid);
  await expect(page.getByText("This order is not paid, so there is no invoice for it.")).toBeVisible();
  const signedOut = await fetch(`${world.facts.url}${path}/pdf`, { redirect: "manual" });
  expect(signedOut.headers.get("location")).toContain("/sign-in?callbackUrl=");
});

test("references, invoice numbers and the account id are copied with a button", async ({
  page,
  buyer,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const customer = await buyer();
  const path = await buy(page, customer);
  const copied = async (of: string) => {
    await button(page, `Copy ${of}`).click();
    await expect(button(page, `Copied ${of}`)).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  expect(await copied("order reference")).toMatch(/^CR-/);
  await page.goto(path);
  expect(await copied("invoice number")).toMatch(/^INV-\d{6}$/);
  await page.goto("/settings/profile");
  expect(await copied("account id")).toBe(`acct_${customer.accountId.replaceAll("-", "")}`);
});

test("printed, a page is what is to be read: no navigation, no buttons, light, nothing cut", async ({
  page,
  buyer,
  world,
}, info) => {
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  await subscribe(world, customer, "starter");
  const path = await buy(page, customer);
  await expectPaid(page, 32_000_000n).catch(() => {}); // What is looked at is paper.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const [name, address] of [
    ["invoice", path],
    ["history", HISTORY],
    ["overview", `${BILLING}/overview`],
    ["usage", `${BILLING}/usage`],
    ["order", path.replace("documents/orders", "buy-credit")],
  ] as const) {
    await page.goto(address);
    await page.setViewportSize({ width: 690, height: 1000 }); // A4 within its margins.
    await expect(page.getByRole("navigation")).toHaveCount(0);
    await expect(page.getByRole("button")).toHaveCount(0);
    const paper = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      background: getComputedStyle(document.body).backgroundColor,
    }));
    expect(paper, name).toEqual({ overflow: false, background: "rgb(255, 255, 255)" });
    await page.screenshot({ path: info.outputPath(`print-${name}.png`), fullPage: true });
  }
});
