import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

const screenshots = join(import.meta.dirname, "../../.reelway/screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { desktop: { width: 1_280, height: 900 }, phone: { width: 390, height: 844 } };
export type Place = keyof typeof sizes;
const schemes = ["light", "dark"] as const;
/** What moves so soon after somebody pressed or typed is asked for: browsers count so, but not for fields that a test fills. */
const expectedMs = 500;
/** Watches a page from its beginning: browsers themselves keep the first moves alone. */
const watchMoves = `{
  self.moves = [];
  let askedAt = -Infinity;
  for (const event of ["input", "change"]) addEventListener(event, () => (askedAt = performance.now()), true);
  new PerformanceObserver((list) => {
    for (const move of list.getEntries())
      if (!move.hadRecentInput && move.startTime > askedAt + ${expectedMs}) moves.push(move);
  }).observe({ type: "layout-shift", buffered: true });
}`;

/** How much of the window it concerned and how far it went (the layout shift score), and of what classes it was. */
export interface Move {
  readonly score: number;
  readonly what: string;
}

/** A browser at the dashboard of a stack, with what went wrong in it. */
export class Visit {
  readonly page: Page;
  /** What the page complained of: errors of scripts, refusals of its policy. */
  readonly complaints: string[] = [];
  readonly #place: Place;
  readonly #context: BrowserContext;
  readonly #url: string;

  private constructor(context: BrowserContext, page: Page, url: string, place: Place) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    this.#place = place;
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // A refused sign-in is an answer that the page shows, and browsers write each of these down.
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) this.complaints.push(message.text());
    });
  }

  /** On a phone, which is touched, or on a desk. */
  static async begin(browser: Browser, url: string, place: Place = "desktop"): Promise<Visit> {
    const inHand = place === "phone";
    const context = await browser.newContext({
      ...{ viewport: sizes[place], hasTouch: inHand, isMobile: inHand },
      colorScheme: "light",
      reducedMotion: "reduce",
    });
    await context.addInitScript(watchMoves);
    return new Visit(context, await context.newPage(), url, place);
  }

  /** From now on each answer comes so much later: what waits for it is seen without it first. */
  async slowDown(latencyMs: number): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    const throughput = { downloadThroughput: -1, uploadThroughput: -1 };
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: latencyMs, ...throughput });
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
        // In a window as long as the page, bars that keep to its edge hide nothing; a dialog is seen as people see it.
        const height = await this.page.evaluate<number>(
          "scrollTo(0, 0), document.querySelector('dialog[open]') ? 0 : document.scrollingElement.scrollHeight",
        );
        await this.page.setViewportSize({ width: size.width, height: Math.max(size.height, height) });
        await this.page.screenshot({ path: join(screenshots, `${name}-${place}-${scheme}.png`) });
      }
    await this.#comeBack();
  }

  /** Serious and critical findings of axe about the page as it is, by day and by night, and on a phone: rule, and where. */
  async accessibilityFindings(): Promise<string[]> {
    const found: string[] = [];
    for (const [place, scheme] of [
      ["desktop", "light"],
      ["desktop", "dark"],
      ["phone", "light"],
    ] as const) {
      await this.page.setViewportSize(sizes[place]);
      await this.page.emulateMedia({ colorScheme: scheme });
      // By the debugger's hand: the page's own policy would refuse the script.
      await this.page.evaluate(axe);
      const { violations } = await this.page.evaluate<AxeResults>(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
      );
      for (const { id, impact, nodes } of violations)
        if (impact === "serious" || impact === "critical")
          found.push(`${place}, ${scheme}: ${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    }
    await this.#comeBack();
    return found;
  }

  /** How much of the page lies beside the window as it is now, pixels; room that is kept for a scroll bar does not count. */
  hiddenWidth(): Promise<number> {
    return this.page.evaluate<number>(
      "Math.max(0, document.scrollingElement.scrollWidth - document.documentElement.offsetWidth)",
    );
  }

  /** The same on a desk and on a phone. */
  async hiddenWidths(): Promise<Record<Place, number>> {
    const widthOn = async (place: Place) => {
      await this.page.setViewportSize(sizes[place]);
      return this.hiddenWidth();
    };
    const widths = { desktop: await widthOn("desktop"), phone: await widthOn("phone") };
    await this.#comeBack();
    return widths;
  }

  /** What moved by itself since the page was looked at last in other sizes. */
  moves(): Promise<Move[]> {
    return this.page.evaluate<Move[]>(`new Promise((resolve) => setTimeout(() => resolve(moves.map(
      ({ value, sources }) => ({
        score: value,
        what: sources.map(({ node }) => node?.className || node?.nodeName || "what is gone").join(", "),
      }),
    )), 500))`);
  }

  /** To its own size: what moved on the way was asked for. */
  async #comeBack(): Promise<void> {
    await this.page.setViewportSize(sizes[this.#place]);
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => setTimeout(() => { moves.length = 0; done(); }, 100)))",
    );
  }
}
