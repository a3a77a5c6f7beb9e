import type { Frame, Locator, Page } from "@playwright/test";
import type { CardOutcome, TestCard } from "../flow";
import { isAsking } from "./bank-page";
import { outcomeOf } from "./outcome";

/** Stripe's pages load slowly, and a payment there takes seconds. */
export const PATIENCE_MS = 60_000;

/**
 * Stripe's card form stands in the page itself (Checkout) or in a frame of its own (portal, invoices), under names that
 * have been these for years; in Stripe's own code they are what its own tests hold on to.
 */
const FIELDS = {
  number: '#cardNumber, input[name="number"], input[autocomplete="cc-number"]',
  expiry: '#cardExpiry, input[name="expiry"], input[autocomplete="cc-exp"]',
  cvc: '#cardCvc, input[name="cvc"], input[autocomplete="cc-csc"]',
  name: '#billingName, input[autocomplete="cc-name"]',
  country: '#billingCountry, select[name="country"]',
  postalCode: '#billingPostalCode, input[name="postalCode"], input[autocomplete="postal-code"]',
} as const;

/** Where several methods are offered, the card's fields come once it is chosen; the button covers a radio. */
const CARD_CHOICE =
  '[data-testid="card-accordion-item-button"], #payment-method-label-card, [data-testid="card"], button[value="card"]';

/** Where it is ticked, Link wants a telephone number. */
const REMEMBER_ME = "#enableStripePass";

const DECLINED =
  /(card|payment).{0,40}(declined|was not accepted|has insufficient funds|has expired|is incorrect)|unable to authenticate|try a different/i;

/** Types the card; a name, country and postal code too, where the form asks for them. */
export async function fillCard(page: Page, card: TestCard): Promise<void> {
  const form = await cardForm(page);
  const field = (name: keyof typeof FIELDS): Locator => form.locator(FIELDS[name]).first();
  await field("number").fill(card);
  await field("expiry").fill("12 / 34");
  await field("cvc").fill("123");
  await fillWhereShown(field("name"), "Rehearsal Customer");
  if (await field("country").isVisible()) await field("country").selectOption("US");
  await fillWhereShown(field("postalCode"), "94107");
  const remember = page.locator(REMEMBER_ME);
  if ((await remember.count()) > 0 && (await remember.isChecked())) await remember.uncheck({ force: true });
  // What was said of the card before goes away as another is typed.
  await page.getByText(DECLINED).first().waitFor({ state: "hidden", timeout: PATIENCE_MS });
}

/** Presses the button that uses the card, and waits for what comes of it. `taken`: that it worked, and the page has led on. */
export async function submitCard(
  page: Page,
  press: Locator,
  taken: () => Promise<boolean>,
): Promise<CardOutcome> {
  await press.first().click({ timeout: PATIENCE_MS });
  const declined = () => page.getByText(DECLINED).first().isVisible();
  return outcomeOf(() => page.url(), { taken, declined, bank: () => isAsking(page) }, PATIENCE_MS);
}

async function fillWhereShown(field: Locator, text: string): Promise<void> {
  if ((await field.isVisible()) && (await field.isEditable())) await field.fill(text);
}

/** The page, or the frame in it, that has the card's number. */
async function cardForm(page: Page): Promise<Frame> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    for (const frame of page.frames()) if (await isShown(frame.locator(FIELDS.number).first())) return frame;
    const choice = page.locator(CARD_CHOICE).first();
    if (await isShown(choice)) await choice.click({ force: true, timeout: 2_000 }).catch(() => {});
    if (Date.now() > until) throw new Error(`no form for a card at ${page.url()}`);
    await page.waitForTimeout(200);
  }
}

/** A frame may go away while it is looked into. */
const isShown = (what: Locator): Promise<boolean> => what.isVisible().catch(() => false);
