import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { NUMBER_BLOCKS } from "../playback/numbered-film.ts";

const reader = readFileSync(new URL("../playback/page/number.mjs", import.meta.url), "base64");

/** The number of the film's picture that a PNG of the screen shows, as an eye would read it; throws where it shows none. */
export async function numberSeen(browser: Browser, png: Buffer): Promise<number> {
  const page = await browser.newPage();
  const number = page.evaluate<number>(`(async () => {
    const { numberIn } = await import("data:text/javascript;base64,${reader}");
    const bytes = Uint8Array.from(atob("${png.toString("base64")}"), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    return numberIn(picture, ${JSON.stringify(NUMBER_BLOCKS)}, [0, 0, picture.width, picture.height]);
  })()`);
  return number.finally(() => page.close());
}
