import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

const screenshots = join(import.meta.dirname, "../../.reelway/screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { desktop: { width: 1_280, height: 900 }, phone: { width: 390, height: 844 } };
const schemes = ["light", "dark"] as const;

/** A browser at the dashboard of a stack, with what went wrong in it. */
export class Visit {
  readonly page: Page;
  /** What the page complained of: errors of scripts, refusals of its policy. */
  readonly complaints: string[] = [];
  /** What had moved when the page was photographed last: another size moves everything. */
  #movedBefore = 0;
  readonly #context: BrowserContext;
  readonly #url: string;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // A refused sign-in is an answer that the page shows, and browsers write each of these down.
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) this.complaints.push(message.text());
    });
  }

  static async begin(browser: Browser, url: string): Promise<Visit> {
    const context = await browser.newContext({
      viewport: sizes.desktop,
      colorScheme: "light",
      reducedMotion: "reduce",
    });
    return new Visit(context, await context.newPage(), url);
  }

  open = (path: string) => this.page.goto(new URL(path, this.#url).href);
  close = () => this.#context.close();

  /** Chooses files as the picker would. */
  async choose(...paths: string[]): Promise<void> {
    await this.page.getByTestId("files").setInputFiles(paths);
  }

  /** Drags files from the desktop onto the page, and lets them go there. `before` is called while they hang over it. */
  async drop(paths: string[], before: () => Promise<void>): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    const drag = (type: "dragEnter" | "dragOver" | "drop") =>
      session.send("Input.dispatchDragEvent", { type, x: 640, y: 400, data });
    await drag("dragEnter");
    await drag("dragOver");
    await before();
    await drag("drop");
    await session.detach();
  }

  /** Pictures of the page as it is, by day and by night, on a desk and in a hand, for people to look at. */
  async photograph(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    for (const [place, size] of Object.entries(sizes))
      for (const scheme of schemes) {
        await this.page.setViewportSize(size);
        await this.page.emulateMedia({ colorScheme: scheme });
        await this.page.evaluate("scrollTo(0, 0)");
        await this.page.screenshot({ path: join(screenshots, `${name}-${place}-${scheme}.png`), fullPage: true });
      }
    await this.page.setViewportSize(sizes.desktop);
    await this.page.emulateMedia({ colorScheme: "light" });
    this.#movedBefore = await this.#moved();
  }

  /** Serious and critical findings of axe about the page as it is, by day and by night: rule, and where. */
  async accessibilityFindings(): Promise<string[]> {
    const found: string[] = [];
    for (const scheme of schemes) {
      await this.page.emulateMedia({ colorScheme: scheme });
      // By the debugger's hand: the page's own policy would refuse the script.
      await this.page.evaluate(axe);
      const { violations } = await this.page.evaluate<AxeResults>(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
      );
      for (const { id, impact, nodes } of violations)
        if (impact === "serious" || impact === "critical")
          found.push(`${scheme}: ${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    return found;
  }

  /** How much moved by itself since the page was photographed last: the layout shift score, 0 for nothing. */
  async layoutShift(): Promise<number> {
    const moved = await this.#moved();
    // After a reload the browser counts from 0.
    return moved < this.#movedBefore ? moved : moved - this.#movedBefore;
  }

  #moved(): Promise<number> {
    return this.page.evaluate<number>(`new Promise((resolve) => {
      new PerformanceObserver((list) => {
        const shifts = list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput);
        resolve(shifts.reduce((sum, { value }) => sum + value, 0));
      }).observe({ type: "layout-shift", buffered: true });
      setTimeout(resolve, 500, 0);
    })`);
  }
}
