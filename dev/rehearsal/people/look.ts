import { expect as base, type Page } from "@playwright/test";

/** The real Stripe answers a payment within seconds, and a page waits for it. */
export const expect = base.configure({ timeout: 60_000 });

/** Does what leads the browser from the product to a page of Stripe's, and waits until it is there. */
export async function leadToStripe(page: Page, press: () => Promise<void>): Promise<void> {
  const { host } = new URL(page.url());
  await press();
  await page.waitForURL((url) => url.host !== host, { waitUntil: "domcontentloaded", timeout: 60_000 });
}

/** Waits until a page of Stripe's has led back to a page of the product's. */
export async function leadBack(page: Page, path: RegExp | string): Promise<void> {
  await page.waitForURL(path, { waitUntil: "domcontentloaded", timeout: 60_000 });
}

/** From now on the browser shows an empty page in place of these addresses of the product's, which is not asked for them. */
export async function comesBackNowhere(page: Page, addresses: string): Promise<() => Promise<void>> {
  await page.route(addresses, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  return () => page.unroute(addresses);
}
