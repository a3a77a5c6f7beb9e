import type { Frame, Locator, Page } from "@playwright/test";
import type { HostedPages } from "../flow";

type BankPage = HostedPages["bank"];
type Answer = Parameters<BankPage["answer"]>[1];

const PATIENCE_MS = 60_000;

/**
 * Stripe's bank of test mode. The page fills the window where the payment was confirmed with a `return_url`, and is a frame
 * within frames in Checkout and on other pages of Stripe's; everywhere its buttons have these ids.
 */
const BUTTONS = { approve: "#test-source-authorize-3ds", fail: "#test-source-fail-3ds" } as const;

export const stripeBankPage: BankPage = {
  async answer(page, answer) {
    const { frame, button } = await findButton(page, answer);
    // The frame may be animated in, under which a click at a place would miss.
    await button.dispatchEvent("click");
    await untilGone(page, frame, button);
  },
};

export const simulatorBankPage: BankPage = {
  async answer(page, answer) {
    const name = answer === "approve" ? "Approve" : "Fail";
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/authenticate/"));
  },
};

/** Whether Stripe's bank of test mode asks somewhere on the page. */
export async function isAsking(page: Page): Promise<boolean> {
  for (const frame of page.frames()) if (await isShown(frame.locator(BUTTONS.approve).first())) return true;
  return false;
}

async function findButton(
  page: Page,
  answer: Answer,
): Promise<{ readonly frame: Frame; readonly button: Locator }> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    for (const frame of page.frames()) {
      const button = frame.locator(BUTTONS[answer]).first();
      if (await isShown(button)) return { frame, button };
    }
    if (Date.now() > until) throw new Error(`no bank asks at ${page.url()}`);
    await page.waitForTimeout(200);
  }
}

async function untilGone(page: Page, frame: Frame, button: Locator): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!frame.isDetached() && (await isShown(button))) {
    if (Date.now() > until) throw new Error(`the bank's page took no answer at ${page.url()}`);
    await page.waitForTimeout(200);
  }
}

/** A frame may go away while it is looked into. */
const isShown = (what: Locator): Promise<boolean> => what.isVisible().catch(() => false);
