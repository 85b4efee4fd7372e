import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

/**
 * One scale of type, one of space, one set of colours: `tokens.css` says them, and all other styles take them from there.
 * What a single thing measures (the width of a field, the height of a chart) stands where that thing is.
 */
const source = resolve(import.meta.dirname, "../../edge/web/src");
const tokens = "theme/tokens.css";

/** Lengths of steps; `ch`, `%` and `dvh` follow from what they stand in. */
const rawLength = /(?<![\w-])-?(?:\d*\.)?\d*[1-9]\d*(?:px|rem|em|pt)\b/;
const steps = /^(?:(?:row-|column-)?gap|(?:padding|margin)(?:-[a-z-]+)?|font(?:-size)?)$/;
const rawColour =
  /#[\da-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\(|(?<![\w-])(?:aqua|black|blue|cyan|fuchsia|gr[ae]y|green|lime|magenta|maroon|navy|olive|orange|pink|purple|red|silver|teal|white|yellow)(?![\w-])/i;

/** Declarations of a style sheet that say a colour, or a step of type or space, by themselves. */
function raw(css: string): string[] {
  const declarations = css.replaceAll(/\/\*.*?\*\//gs, "").matchAll(/([\w-]+)\s*:\s*([^;{}]+);/g);
  return [...declarations].flatMap(([, property = "", value = ""]) => {
    const isStep = steps.test(property) && rawLength.test(value);
    return isStep || rawColour.test(value) ? [`${property}: ${value.trim()}`] : [];
  });
}

test("no colour and no step of type or space stands outside of tokens.css", () => {
  const files = globSync("**/*.css", { cwd: source }).filter((file) => file !== tokens);
  expect(files.length).toBeGreaterThan(40);
  const found = files.flatMap((file) =>
    raw(readFileSync(join(source, file), "utf8")).map((declaration) => `${file}: ${declaration}`),
  );
  expect(found).toEqual([]);
});

test("would be found out", () => {
  const css = `
    .a { padding: 6px var(--s4) 0; margin: 0 auto; gap: calc(-1 * var(--s2)); padding-right: max(0px, 100% - 72ch); }
    .b { color: #fff; background: rgb(0 0 0 / 50%); border-color: red; fill: transparent; width: 40px; }
    .c { font: 600 13px/20px var(--font); font-weight: 600; margin-inline: -0.5rem; }`;
  expect(raw(css)).toEqual([
    "padding: 6px var(--s4) 0",
    "color: #fff",
    "background: rgb(0 0 0 / 50%)",
    "border-color: red",
    "font: 600 13px/20px var(--font)",
    "margin-inline: -0.5rem",
  ]);
});
