import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Playback } from "@reelway/shared/contracts/playback";
import type { Browser, Page } from "playwright-core";
import type { Site } from "./site.ts";

/** The code that docs/streaming.md gives to makers of pages. */

const HLS_MODULE = join(dirname(createRequire(import.meta.url).resolve("hls.js")), "hls.mjs");

/** The only block of this language in the document. */
export function printedCode(language: "html" | "js"): string {
  const text = readFileSync(new URL("../../docs/streaming.md", import.meta.url), "utf8");
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))];
  const [, code] = blocks[0] ?? [];
  if (code === undefined || blocks.length > 1)
    throw new Error(`docs/streaming.md has ${blocks.length} blocks of ${language}`);
  return code;
}

/**
 * Opens a page of this code: as it stands where it is a whole page, else in one that has what the document says comes before
 * it. The site is the maker's own server; what the page names of another host is answered here.
 */
export async function openPrinted(
  browser: Browser,
  site: Site,
  { code, playback, prepare }: { code: string; playback: Playback; prepare?: (page: Page) => Promise<unknown> },
): Promise<Page> {
  site.answer("GET /film.html", "text/html", wholePage(code));
  site.answer("POST /films/42/playback", "application/json", JSON.stringify(playback));
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.route("https://cdn.jsdelivr.net/npm/hls.js@1/dist/hls.mjs", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "access-control-allow-origin": "*" },
      path: HLS_MODULE,
    }),
  );
  await prepare?.(page);
  await page.goto(`${site.url}/film.html`);
  return page;
}

function wholePage(code: string): string {
  if (code.startsWith("<!doctype html>")) return code;
  return `<!doctype html>
<video muted autoplay playsinline></video>
<script src="/shaka.js"></script>
<script type="module">
  const video = document.querySelector("video");
  const playback = await (await fetch("/films/42/playback", { method: "POST" })).json();
  ${code}
</script>`;
}
