import type { Page } from "@playwright/test";
import { PATIENCE_MS } from "./stripe-form";

/** The one button of Stripe's Checkout, in whatever mode. */
export const SUBMIT = '[data-testid="hosted-payment-submit-button"]';

/** Whether the browser has left the site it is at when this is asked for, and is at no other of Stripe's. */
export function isAway(page: Page): () => Promise<boolean> {
  const from = new URL(page.url()).host;
  return async () => {
    const { host, hostname } = new URL(page.url());
    return host !== from && !hostname.endsWith(".stripe.com");
  };
}

/** The link with the shop's name or an arrow at the top, which leads to the session's `cancel_url`. */
export async function leaveStripesCheckout(page: Page): Promise<void> {
  const away = isAway(page);
  await page.locator('[data-testid="business-link"]').first().click({ timeout: PATIENCE_MS });
  while (!(await away())) await page.waitForTimeout(200);
}
