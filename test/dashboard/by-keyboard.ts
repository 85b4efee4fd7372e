import type { Page } from "playwright-core";
import { expect } from "vitest";

/** What has the focus, as a reader would call it; nothing, where that is the browser's own bars. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(`(() => {
    const { ariaLabel, labels, textContent } = document.activeElement;
    if (document.activeElement === document.body) return "";
    return (ariaLabel ?? labels?.[0]?.textContent ?? textContent ?? "").trim();
  })()`);

/** Whether it is seen where the focus is: a ring around it, or around the label that stands for it, within the window. */
const isSeen = `(() => {
  const at = document.activeElement;
  const shown = [at.closest("label"), at].find((one) => one !== null && getComputedStyle(one).outlineStyle !== "none");
  if (shown === undefined || Number.parseFloat(getComputedStyle(shown).outlineWidth) === 0) return false;
  const { top, bottom, left, right } = shown.getBoundingClientRect();
  return top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
})()`;

/** One step on, or back: to what is called so afterwards, which is seen. */
async function step(page: Page, key: "Tab" | "Shift+Tab"): Promise<string> {
  await page.keyboard.press(key);
  const name = await focused(page);
  if (name !== "") expect(await page.evaluate(isSeen), `the focus at ${name} is seen`).toBe(true);
  return name;
}

/** What the focus comes to in so many steps. */
export async function stops(page: Page, count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) names.push(await step(page, "Tab"));
  return names;
}

/** Goes to what is called so by nothing but Tab; fails where that does not lead there. */
export async function tabTo(page: Page, name: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 60) {
    passed.push(await step(page, key));
    if (passed.at(-1) === name) return;
  }
  throw new Error(`no ${name} on the way: ${passed.join(", ")}`);
}
