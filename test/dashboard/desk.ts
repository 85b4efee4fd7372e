import type { Browser } from "playwright-core";
import { openBrowser } from "../playback/browser.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { type Place, Visit } from "./visit.ts";

/** The real stack with its dashboard, and a browser to go there with. */
export interface Desk {
  readonly stack: TestStack;
  readonly browser: Browser;
  /** Somebody who is not signed in. */
  visitor(place?: Place): Promise<Visit>;
  /** Ends the stack, the browser and every visit. */
  close(): Promise<void>;
}

/** `settings` are the stack's own. Rates are not limited: tests ask faster than people do. */
export async function openDesk(settings: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const [stack, browser] = await Promise.all([
    startTestStack({ settings: { RATE_LIMITS: "off", ...settings } }),
    openBrowser(),
  ]);
  return {
    stack,
    browser,
    visitor: (place) => Visit.begin(browser, stack.url, place),
    async close() {
      await browser.close();
      await stack.stop();
    },
  };
}

/** A visitor who is signed in with the stack's own key. */
export async function adminOf(desk: Desk): Promise<Visit> {
  const visit = await desk.visitor();
  await visit.open((await desk.stack.client.auth.createSignInLink()).url);
  await visit.page.getByRole("navigation", { name: "Main" }).waitFor();
  return visit;
}
