import { button, heading, PAY, PLANS } from "../../e2e/pages";
import type { CardOutcome, Person, Scene, TestCard } from "../flow";
import { expect, leadToStripe } from "./look";
import { CARDS } from "./test-cards";

export type Offer = {
  readonly plan: "Starter" | "Premium";
  readonly interval?: "month" | "year";
};

/** From the page of plans to Stripe's Checkout for one of them. */
export async function choosePlan({ page }: Person, { plan, interval = "month" }: Offer): Promise<void> {
  await page.goto(`${PLANS}?interval=${interval}`);
  await leadToStripe(page, () => button(page, `Choose ${plan}`).click());
}

/** Chooses a plan and types a card at Checkout. Answers what Checkout did with it. */
export async function payForPlan(scene: Scene, offer: Offer, card: TestCard): Promise<CardOutcome> {
  await choosePlan(scene.person, offer);
  return scene.hosted.checkoutSubscription.pay(scene.person.page, card);
}

/** Subscribes, paid at Checkout; where the bank asks, it is told yes. */
export async function subscribe(
  scene: Scene,
  offer: Offer = { plan: "Starter" },
  card: TestCard = CARDS.visa,
): Promise<void> {
  const outcome = await payForPlan(scene, offer, card);
  if (outcome === "bank") await scene.hosted.bank.answer(scene.person.page, "approve");
  else scene.expect("what Checkout did with the card", outcome, "taken");
  await expectPlan(scene.person, offer.plan);
}

/** The page that Checkout leads back to says so. */
export async function expectPlan({ page }: Person, plan: Offer["plan"]): Promise<void> {
  await expect(page.getByText(`You are on ${plan}.`)).toBeVisible();
}

const changeTo = ({ plan, interval = "month" }: Offer): string =>
  `to=${plan.toLowerCase()}&interval=${interval}`;

/** The page that says what an upgrade costs and gives. */
export async function previewUpgrade({ page }: Person, offer: Offer): Promise<void> {
  await page.goto(`${PLANS}/change?${changeTo(offer)}`);
  await expect(button(page, PAY)).toBeVisible();
}

/** Upgrades at once, with the card the product proposes. */
export async function upgrade({ person }: Scene, offer: Offer): Promise<void> {
  await previewUpgrade(person, offer);
  await button(person.page, PAY).click();
  await expectUpgraded(person, offer.plan);
}

export async function expectUpgraded({ page }: Person, plan: Offer["plan"]): Promise<void> {
  await expect(page.getByRole("heading", { name: new RegExp(`^You are on ${plan}`) })).toBeVisible();
}

/** Chooses a smaller plan for the period's end. */
export async function downgrade({ person: { page } }: Scene, offer: Offer): Promise<void> {
  await page.goto(`${PLANS}/downgrade?${changeTo(offer)}`);
  await button(page, /^Change on /).click();
  await expect(page.getByText(new RegExp(`^${offer.plan}.* from `))).toBeVisible();
}

/** Cancels the plan for the period's end. */
export async function cancelPlan({ person: { page } }: Scene): Promise<void> {
  await page.goto(`${PLANS}/cancel`);
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your .+ plan ends on /)).toBeVisible();
}

/** Takes back what was chosen for the period's end. */
export async function keepPlan({ person: { page } }: Scene, plan: Offer["plan"]): Promise<void> {
  await page.goto(PLANS);
  await button(page, `Keep ${plan}`).click();
  await expect(page.getByText(new RegExp(`^You keep ${plan}`))).toBeVisible();
}

/** Pays the invoice that the page of plans asks for, with the chosen card or the one with these digits. */
export async function payOpenInvoice({ person: { page } }: Scene, last4?: string): Promise<void> {
  await page.goto(PLANS);
  if (last4) await page.getByRole("radio", { name: new RegExp(`•••• ${last4}`) }).check();
  await button(page, PAY).click();
}

export async function expectRenewalPaid({ page }: Person): Promise<void> {
  await expect(heading(page, "Your renewal is paid")).toBeVisible();
}
