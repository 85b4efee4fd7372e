import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import type { TestStack } from "../support/test-stack.ts";
import { Visit } from "./visit.ts";

/** A visitor who is signed in with the stack's own key. */
export async function adminOf(stack: TestStack, browser: Browser): Promise<Visit> {
  const visit = await Visit.begin(browser, stack.url);
  await visit.open((await stack.client.auth.createSignInLink()).url);
  await visit.page.getByRole("navigation", { name: "Main" }).waitFor();
  return visit;
}

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
