import type { Page } from "@playwright/test";
import axe from "axe-core";
import { expect } from "./test";

const LOOKS = [
  { width: 1360, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;

/** The page as it is now, wide and light, and dark on a phone: nothing serious for axe, nothing to scroll sideways. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Colours of the other look may still be on their way.
    await page.evaluate(() =>
      Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))),
    );
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    const look = `${page.url()}, ${width} px, ${colorScheme}`;
    expect(scrollWidth, `${look}: scrolls sideways`).toBeLessThanOrEqual(clientWidth);
    expect(await findBarriers(page), look).toEqual([]);
  }
}

/** What axe calls serious or critical, each with where it is. Nobody reads what passed, and telling it took longer than the check. */
async function findBarriers(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => "axe" in window);
  if (!isThere) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: loaded } = window as unknown as { axe: typeof axe };
    const { violations } = await loaded.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  });
}
