import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Goes to a room of Admin, until what it lists is there. */
export async function openRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
  await page.getByRole("navigation", { name: "Admin" }).getByRole("link", { name: room, exact: true }).click();
  await page.getByRole("heading", { name: room, exact: true, level: 2 }).waitFor();
  await expect.poll(() => page.locator(".listing-wait, .usage-wait").count()).toBe(0);
}

export const row = (page: Page, name: RegExp | string) => page.getByRole("row", { name });

/** What is shown once, in a dialog. */
export const shownSecret = async (page: Page, name: string) =>
  (await page.getByRole("region", { name, exact: true }).textContent()) ?? "";
