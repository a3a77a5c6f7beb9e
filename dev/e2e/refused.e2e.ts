import type { Page } from "@playwright/test";
import { newId, toPublicId } from "../../lib/ids";
import type { Customer } from "./customers";
import { type CapturedCall, type CapturedForm, captureForm, decode, sendCall, sendForm } from "./forge";
import { BUY_CREDIT, button, CARDS, card, heading, ORDER_URL, order, PAY } from "./pages";
import { expectSecurityEvent } from "./security-events";
import { cookieOf } from "./session";
import { expect, test, type World } from "./test";

const PLAN_REQUIRED = "Buying credits is for paid plans.";
const UNREADABLE = "This form could not be read. Please reload the page and try again.";
const FOREIGN = "This request did not come from our own pages.";

/** Nothing was ordered, asked of Stripe, or changed in the books. */
async function expectNothing(customer: Customer): Promise<void> {
  expect(await customer.orders()).toEqual([]);
  expect(await customer.charges()).toEqual([]);
}

test.describe("amounts that are refused", () => {
  const DIGITS = "Type the amount in digits, like 12 or 12.50.";
  const SMALLEST = "The smallest amount is $1.00. Type $1.00 or more.";
  const LARGEST = "The largest amount is $10,000.00. Type $10,000.00 or less.";
  const CHOOSE = "Choose a bundle or enter an amount from $1.00 to $10,000.00.";
  const DECIMALS = "Use at most two decimals, like 12.50.";
  const REFUSED: readonly (readonly [typed: string, sentence: string])[] = [
    ["0", SMALLEST],
    ["-1", DIGITS],
    ["-0", DIGITS],
    ["0.001", DECIMALS],
    ["1.0005", DECIMALS],
    ["1.005", "Did you mean $1,005.00?"],
    ["0.99", SMALLEST],
    ["NaN", DIGITS],
    ["Infinity", DIGITS],
    ["1e3", DIGITS],
    ["1e21", DIGITS],
    ["0x10", DIGITS],
    ["१००", DIGITS],
    ['""', DIGITS],
    ["", CHOOSE],
    [" ", CHOOSE],
    ["12 34", DIGITS],
    ["1,000,000", LARGEST],
    ["12,50", "Did you mean $12.50?"],
    ["1.000,50", "Did you mean $1,000.50?"],
    ["1 000", "Did you mean $1,000.00?"],
    ["１２３", "Did you mean $123.00?"],
    ["99999999999", LARGEST],
    ["10000.01", LARGEST],
    ["[5]", DIGITS],
    ["{}", DIGITS],
    ["null", DIGITS],
    ["true", DIGITS],
  ];

  test("each is a sentence at the field, which keeps what was typed and the focus", async ({
    page,
    buyer,
  }) => {
    const customer = await buyer();
    await page.goto(BUY_CREDIT);
    const field = page.getByLabel("Custom Amount");
    for (const [typed, sentence] of REFUSED) {
      await field.fill("5"); // Takes the choice away from the cards, also for an empty amount.
      await field.fill(typed);
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === "POST"),
        button(page, "Proceed to Payment").click(),
      ]);
      await expect(field, typed).toHaveAccessibleDescription(new RegExp(`^${escaped(sentence)}`));
      await expect(field, typed).toHaveAttribute("aria-invalid", "true");
      await expect(field, typed).toBeFocused();
      await expect(field, typed).toHaveValue(typed);
    }
    await expectNothing(customer);
  });

  test("and of values no page of ours would send", async ({ customer, world }) => {
    const { facts } = world;
    const made = await customer();
    const cookie = await cookieOf(facts, made);
    const form = await captureForm(facts, BUY_CREDIT, cookie, "Proceed to Payment");
    const strange: [string, Parameters<typeof sendForm>[3], string][] = [
      ["null byte", { amount: "12\u0000" }, DIGITS],
      ["right to left", { amount: "\u202e21" }, DIGITS],
      ["ninety thousand digits", { amount: "1".repeat(90_000) }, UNREADABLE],
      ["two amounts", { amount: ["12", "13"] }, UNREADABLE],
      ["markup", { amount: "<script>alert(1)</script>" }, DIGITS],
      ["SQL", { amount: "1'; drop table orders; --" }, DIGITS],
    ];
    for (const [name, changes, sentence] of strange) {
      const sent = await sendForm(facts, form, { cookie }, changes);
      expect(sent.status, name).toBe(200);
      expect(decode(sent.html), name).toContain(sentence);
      expect(sent.html, name).not.toContain("<script>alert(1)");
    }
    const megabyte = await sendForm(facts, form, { cookie }, { amount: "1".repeat(1_000_000) });
    expect(megabyte).toMatchObject({ status: 413, html: "This form is too large. Nothing was changed." });
    await expectNothing(made);
  });
});

test.describe("a Free customer", () => {
  test("sees the offers and a way to upgrade, and no form", async ({ page, buyer }) => {
    await buyer({ plan: "free", cards: [] });
    await page.goto(BUY_CREDIT);
    await expect(heading(page, "Buying credits is for paid plans")).toBeVisible();
    await expect(page.getByRole("link", { name: "Upgrade", exact: true })).toBeVisible();
    await expect(page.getByRole("listitem").filter({ hasText: "$500" })).toContainText("40,000,000 credits");
    await expect(page.getByRole("radio")).toHaveCount(0);
    await expect(button(page, "Proceed to Payment")).toHaveCount(0);
  });

  test("cannot buy by sending a paid customer's form, with or without JavaScript", async ({
    page,
    buyer,
    customer,
    world,
  }) => {
    const { facts } = world;
    const paid = await buyer();
    const { form, call } = await captureBoth(page, world, paid);
    const free = await customer({ plan: "free" });
    const cookie = await cookieOf(facts, free);

    const posted = await sendForm(facts, form, { cookie }, { bundle: "usd500" });
    expect(posted.status).toBe(200);
    expect(posted.location).toBeNull();
    expect(decode(posted.html)).toContain("Buying credits is for paid plans");

    const called = await sendCall(facts, call, { cookie });
    expect(called.status).toBe(200);
    expect(called.location).toBeNull();
    expect(called.html).toContain(PLAN_REQUIRED);
    await expectNothing(free);
    await expectNothing(paid);
  });
});

test.describe("a forged purchase", () => {
  test("by somebody who is signed out leads to sign-in", async ({ page, buyer, world }) => {
    const paid = await buyer();
    const { form, call } = await captureBoth(page, world, paid);
    const posted = await sendForm(world.facts, form, {});
    expect([posted.status, posted.location]).toEqual([303, expect.stringContaining("/sign-in?callbackUrl=")]);
    const called = await sendCall(world.facts, call, {});
    expect(called.location).toContain("/sign-in?callbackUrl=");
    await expectNothing(paid);
  });

  test("by a member who may only look is refused", async ({ page, buyer, customer, world }) => {
    const paid = await buyer();
    const { form, call } = await captureBoth(page, world, paid);
    const member = await customer({ role: "member" });
    const cookie = await cookieOf(world.facts, member);
    const posted = await sendForm(world.facts, form, { cookie });
    expect([posted.status, posted.location]).toEqual([200, null]);
    expect(decode(posted.html)).toContain("only an owner or billing member of your account can buy credits");
    const called = await sendCall(world.facts, call, { cookie });
    expect(called.html).toContain(
      "Your role in this account does not allow this. Ask an owner of the account.",
    );
    await expectNothing(member);
  });

  test("from another site, or from who knows where, is refused", async ({ page, buyer, world }) => {
    const { facts } = world;
    const paid = await buyer();
    const { form, call } = await captureBoth(page, world, paid);
    const cookie = await cookieOf(facts, paid);
    for (const origin of [
      "https://evil.example",
      "null",
      null,
      "http://localhost.evil.example",
      "http://localhost:1",
    ]) {
      for (const sent of [
        await sendForm(facts, form, { cookie, origin }),
        await sendCall(facts, call, { cookie, origin }),
      ]) {
        expect(sent.location, `Origin: ${origin}`).toBeNull();
        expect(sent.status, `Origin: ${origin}`).toBe(403);
        expect(sent.html, `Origin: ${origin}`).toContain(FOREIGN);
      }
    }
    await expectSecurityEvent(world, "origin_refused");
    await expectNothing(paid);
  });

  test("with a price, credits or an account of the sender's own is refused as a whole", async ({
    customer,
    world,
  }) => {
    const { facts } = world;
    const [made, other] = [await customer(), await customer()];
    const cookie = await cookieOf(facts, made);
    const form = await captureForm(facts, BUY_CREDIT, cookie, "Proceed to Payment");
    const added = {
      price: "1",
      credits: "160000000",
      amountCents: "1",
      accountId: other.accountId,
      customer: "cus_other",
      __proto__: "x",
    };
    for (const [name, value] of Object.entries(added)) {
      const sent = await sendForm(facts, form, { cookie }, { [name]: value });
      expect([sent.status, sent.location], name).toEqual([200, null]);
      expect(decode(sent.html), name).toContain(UNREADABLE);
    }
    for (const requestId of ["", "1", "not-a-uuid", null]) {
      const sent = await sendForm(facts, form, { cookie }, { requestId });
      expect(sent.location, `requestId ${requestId}`).toBeNull();
    }
    await expectNothing(made);
    await expectNothing(other);
  });

  test("of a bundle that is none is refused", async ({ customer, world }) => {
    const { facts } = world;
    const made = await customer();
    const cookie = await cookieOf(facts, made);
    const form = await captureForm(facts, BUY_CREDIT, cookie, "Proceed to Payment");
    for (const bundle of ["usd1", "__proto__", "constructor", "toString", "usd500 ", "", "[object Object]"]) {
      const sent = await sendForm(facts, form, { cookie }, { bundle });
      expect([sent.status, sent.location], bundle).toEqual([200, null]);
      expect(decode(sent.html), bundle).toContain("Choose a bundle or enter an amount.");
    }
    const two = await sendForm(facts, form, { cookie }, { bundle: ["usd100", "usd2000"] });
    expect(decode(two.html)).toContain(UNREADABLE);
    const array = await sendForm(facts, form, { cookie }, { bundle: null, "bundle[]": "usd2000" });
    expect(decode(array.html)).toContain(UNREADABLE);
    await expectNothing(made);
  });
});

test.describe("asking for the payment provider's work again and again", () => {
  const TOO_OFTEN = "You did this too many times in a minute. Nothing was changed or charged.";

  test("is done twenty times a minute, of sixty at once, and the rest is told when to come back", async ({
    customer,
    world,
  }) => {
    const { facts } = world;
    const cookie = await cookieOf(facts, await customer());
    const form = await captureForm(facts, CARDS, cookie, "Add a card");
    const answers = await Promise.all(Array.from({ length: 60 }, () => sendForm(facts, form, { cookie })));
    const hosted = answers.filter(({ location }) => location?.startsWith(facts.simulatorUrl));
    expect(hosted).toHaveLength(20);
    for (const { location, html } of answers) if (!location) expect(decode(html)).toContain(TOO_OFTEN);
  });

  test("never loses the way back from the bank: the order's page shows what is known", async ({
    page,
    buyer,
    world,
  }) => {
    const { userId } = await buyer();
    await order(page, { card: "$100" });
    const address = page.url();
    await world.owner`insert into provider_work values (${userId}, 'return', now(), 21), (${userId}, 'pay', now(), 21)`;
    await page.goto(`${address}/return`);
    await expect(page).toHaveURL(address);
    await button(page, PAY).click();
    await expect(page.getByText(TOO_OFTEN)).toBeFocused();
    await world.owner`delete from provider_work where user_id = ${userId}`;
    await button(page, PAY).click();
    await expect(page.getByText("Payment received")).toBeVisible();
  });
});

test.describe("another account's order", () => {
  test("is not there: not its page, not its return address", async ({ page, buyer, customer, world }) => {
    await buyer();
    await order(page, { card: "$100" });
    const { pathname } = new URL(page.url());
    const { facts } = world;
    const cookie = await cookieOf(facts, await customer());
    const unknown = `${BUY_CREDIT}/${toPublicId("order", newId())}`;
    for (const path of [
      pathname,
      `${pathname}/return`,
      unknown,
      `${BUY_CREDIT}/ord_1`,
      `${BUY_CREDIT}/%00`,
    ]) {
      const answer = await fetch(facts.url + path, { headers: { Cookie: cookie }, redirect: "manual" });
      expect(answer.status, path).toBe(404);
      const html = await answer.text();
      if (!path.endsWith("/return")) expect(html, path).toContain("There is nothing here");
      expect(html, path).not.toContain("$100.00");
    }
  });

  test("cannot be paid, canceled or asked about", async ({ page, buyer, customer, world }) => {
    const { facts } = world;
    const victim = await buyer();
    await order(page, { card: "$100" });
    const foreignId = ORDER_URL.exec(page.url())?.[0].split("/").at(-1) ?? "";

    const thief = await customer();
    const cookie = await cookieOf(facts, thief);
    const buying = await captureForm(facts, BUY_CREDIT, cookie, "Proceed to Payment");
    const { location } = await sendForm(facts, buying, { cookie }, { bundle: "usd500" });
    const path = new URL(location ?? "", facts.url).pathname;
    const confirming = await captureForm(facts, path, cookie, "data-pays");
    const canceling = await captureForm(facts, path, cookie, 'id="cancel-order"');
    for (const form of [confirming, canceling]) {
      expect(form.fields.some(([name]) => name === "orderId")).toBe(true);
      const sent = await sendForm(facts, form, { cookie }, { orderId: foreignId });
      expect(sent.status).toBe(404);
    }
    // Nor with somebody else's card.
    const sent = await sendForm(facts, confirming, { cookie }, { card: victim.cardIds[0] ?? "" });
    expect(decode(sent.html)).toContain("That card is no longer saved. Nothing was charged.");

    expect((await victim.orders()).map((each) => each.status)).toEqual(["pending"]);
    expect((await thief.orders()).map((each) => each.status)).toEqual(["pending"]);
    expect([...(await victim.charges()), ...(await thief.charges())]).toEqual([]);
  });
});

/** The purchase form as it is sent without JavaScript and with it, before anything was bought. */
async function captureBoth(
  page: Page,
  { facts }: World,
  customer: Customer,
): Promise<{ form: CapturedForm; call: CapturedCall }> {
  const form = await captureForm(facts, BUY_CREDIT, await cookieOf(facts, customer), "Proceed to Payment");
  await page.goto(BUY_CREDIT);
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await page.route(`**${BUY_CREDIT}`, (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  );
  await card(page, "$500").check();
  await button(page, "Proceed to Payment").click();
  const request = await sent;
  const { "next-action": action, "content-type": type } = request.headers();
  expect(action, "the page had JavaScript when its button was pressed").toBeTruthy();
  const headers = { "Next-Action": action ?? "", "Content-Type": type ?? "" };
  return { form, call: { path: BUY_CREDIT, headers, body: request.postDataBuffer() ?? Buffer.alloc(0) } };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
