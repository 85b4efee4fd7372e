import { styleText } from "node:util";

const looks = ["bold", "dim", "red", "green", "yellow", "cyan"] as const;
/** Paints text, or leaves it alone where colours are not wanted. */
export type Style = Record<(typeof looks)[number], (text: string) => string>;

/** Colours only on a terminal that can show them, and never against NO_COLOR (https://no-color.org). */
export function styleFor(stream: { isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): Style {
  const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  const paint = (look: (typeof looks)[number]) => (text: string) =>
    coloured ? styleText(look, text, { validateStream: false }) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}
