import { test as base, expect, type Page } from "@playwright/test";
import { hostedPages } from "../rehearsal/hosted/pages";

// The rehearsal's drivers of Stripe's real pages, on pages made like them as far as those hold on to them: fields, frames, the
// bank in a frame of a frame, and what is said of a declined card. What Stripe's pages are like today, only a rehearsal can tell.

const SHOP = "https://shop.example.test";
const VISA = "4242424242424242";
const DECLINED = "4000000000000002";
const ASKS = "4000002760003184";

/** Refuses to go on while a field is empty, the country is not the postal code's, or a telephone number would be wanted. */
const SUBMIT = `
  const all = ["cardNumber", "cardExpiry", "cardCvc", "billingName", "billingPostalCode"].map((id) => document.getElementById(id));
  const said = document.getElementById("said");
  all[0].oninput = () => { said.textContent = ""; };
  const done = () => { location.href = "${SHOP}/done"; };
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const pass = document.getElementById("enableStripePass");
    if (all.some((each) => !each.value) || billingCountry.value !== "US" || pass.checked) return;
    const number = all[0].value.replaceAll(" ", "");
    setTimeout(() => {
      if (number === "${DECLINED}") said.textContent = "Your card was declined. Please try a different card.";
      else if (number === "${ASKS}") bank.innerHTML = '<iframe src="https://hooks.stripe.com/outer"></iframe>';
      else done();
    }, 100);
  };
  onmessage = ({ data }) => {
    bank.innerHTML = "";
    if (data === "approve") done();
    else said.textContent = "We are unable to authenticate your payment method.";
  };`;

const PAGES: Readonly<Record<string, string>> = {
  "https://checkout.stripe.com/c/pay/cs_test_1": `
    <a data-testid="business-link" href="${SHOP}/back">Shop</a>
    <button data-testid="card-accordion-item-button" onclick="fields.hidden = false">Card</button>
    <form><div id="fields" hidden>
    <input id="cardNumber"><input id="cardExpiry"><input id="cardCvc"><input id="billingName">
    <select id="billingCountry"><option>DE</option><option>US</option></select><input id="billingPostalCode">
    <input type="checkbox" id="enableStripePass" checked></div>
    <p id="said"></p><button data-testid="hosted-payment-submit-button">Pay</button></form>
    <div id="bank"></div><script>${SUBMIT}</script>`,
  "https://hooks.stripe.com/outer": `<iframe name="stripe-challenge-frame" src="https://hooks.stripe.com/inner"></iframe>`,
  "https://hooks.stripe.com/inner": `
    <button id="test-source-authorize-3ds" onclick="top.postMessage('approve', '*')">Complete</button>
    <button id="test-source-fail-3ds" onclick="top.postMessage('fail', '*')">Fail</button>`,
  "https://hooks.stripe.com/redirect/authenticate/src_1": `
    <a id="test-source-authorize-3ds" href="${SHOP}/done">Complete authentication</a>
    <a id="test-source-fail-3ds" href="${SHOP}/back">Fail authentication</a>`,
  "https://js.stripe.com/element": `
    <input name="number" oninput="parent.postMessage(this.value, '*')"><input name="expiry"><input name="cvc">`,
  "https://billing.stripe.com/p/session/test_1": `
    <a data-testid="return-to-business-link" href="${SHOP}/back">Return</a>
    <a data-test="add-payment-method" onclick="
      this.hidden = true; adding.hidden = false;
      adding.firstElementChild.src = 'https://js.stripe.com/element'">Add payment method</a>
    <div id="adding" hidden><iframe title="Secure payment input frame"></iframe><p id="said"></p>
    <button data-testid="confirm" onclick="
      if (number === '${DECLINED}') said.textContent = 'Your card has been declined.';
      else { adding.hidden = true; document.querySelector('[data-test]').hidden = false; }">Add</button></div>
    <script>let number; onmessage = ({ data }) => { number = data; said.textContent = ''; };</script>`,
  "https://invoice.stripe.com/i/acct_1/test_1": `
    <div id="unpaid"><iframe title="Secure payment input frame" src="https://js.stripe.com/element"></iframe>
    <button onclick="unpaid.hidden = true; paid.hidden = false">Pay $299.00</button></div>
    <h1 id="paid" data-testid="invoice-amount-post-payment" hidden>$299.00</h1>`,
  [`${SHOP}/done`]: "<h1>Done</h1>",
  [`${SHOP}/back`]: "<h1>Back</h1>",
};

/** Nothing of this leaves the machine: every address has its page here, or is refused. */
const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    await page.route("**", (route) => {
      const body = PAGES[route.request().url()];
      return body === undefined
        ? route.abort()
        : route.fulfill({ contentType: "text/html", body: `<!doctype html>${body}` });
    });
    await use(page);
  },
});

const { checkoutSetup, checkoutSubscription, portal, invoice, bank } = hostedPages("stripe");
const CHECKOUT = "https://checkout.stripe.com/c/pay/cs_test_1";

test("Checkout: declined, refused by the bank, approved by it", async ({ page }) => {
  await page.goto(CHECKOUT);
  expect(await checkoutSetup.saveCard(page, DECLINED)).toBe("declined");
  expect(await checkoutSetup.saveCard(page, ASKS)).toBe("bank");
  await bank.answer(page, "fail");
  expect(await checkoutSubscription.pay(page, ASKS)).toBe("bank");
  await bank.answer(page, "approve");
  await expect(page).toHaveURL(`${SHOP}/done`);
});

test("Checkout: paid at once, and left", async ({ page }) => {
  await page.goto(CHECKOUT);
  expect(await checkoutSubscription.pay(page, VISA)).toBe("taken");
  await page.goto(CHECKOUT);
  await checkoutSetup.leave(page);
  await expect(page).toHaveURL(`${SHOP}/back`);
});

test("the bank's page by itself", async ({ page }) => {
  for (const [answer, leads] of [["approve", "done"] as const, ["fail", "back"] as const]) {
    await page.goto("https://hooks.stripe.com/redirect/authenticate/src_1");
    await bank.answer(page, answer);
    await expect(page).toHaveURL(`${SHOP}/${leads}`);
  }
});

test("the portal: a card refused, a card added, and back", async ({ page }) => {
  await page.goto("https://billing.stripe.com/p/session/test_1");
  expect(await portal.addCard(page, VISA)).toBe("taken");
  expect(await portal.addCard(page, DECLINED)).toBe("declined");
  await portal.leave(page);
  await expect(page).toHaveURL(`${SHOP}/back`);
});

test("an invoice's page: paid", async ({ page }) => {
  await page.goto("https://invoice.stripe.com/i/acct_1/test_1");
  expect(await invoice.pay(page, VISA)).toBe("taken");
});
