import type { Style } from "./style.ts";
import { padEnd, padStart, widthOf } from "./width.ts";

export interface Progress {
  label: string;
  /** 0 to 1; null where there is nothing to measure yet. */
  fraction: number | null;
  /** Figures behind the bar, most important first: what does not fit is left out from the end. */
  figures: readonly string[];
}

const labelWidth = 12;
/** A share of the terminal, so that the bar stands still while the figures behind it change. */
const barWidthFor = (columns: number) => Math.max(10, Math.min(32, Math.floor(columns / 4)));
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** One line, never wider than `columns`: `⠹ Converting  ━━━━━━━╸──────  54 %  128 fps · 4.3× · 0:12 left`. */
export function renderProgress(progress: Progress, columns: number, tick: number, style: Style): string {
  const head = `${style.cyan(spinner[tick % spinner.length] ?? "")} ${padEnd(progress.label, labelWidth)}`;
  const percent = progress.fraction === null ? "" : ` ${padStart(`${Math.floor(progress.fraction * 100)} %`, 5)}`;
  const width = progress.fraction === null ? 0 : barWidthFor(columns);
  const room = columns - 1 - widthOf(head) - percent.length;
  const bar = progress.fraction === null || room < width ? "" : renderBar(progress.fraction, width, style);
  return `${head}${bar}${percent}${style.dim(fitting(progress.figures, room - widthOf(bar)))}`;
}

function fitting(figures: readonly string[], room: number): string {
  for (let count = figures.length; count > 0; count--) {
    const text = `  ${figures.slice(0, count).join(" · ")}`;
    if (widthOf(text) <= room) return text;
  }
  return "";
}

function renderBar(fraction: number, width: number, style: Style): string {
  const halves = Math.floor(Math.min(1, Math.max(0, fraction)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? "╸" : "";
  return style.cyan("━".repeat(full) + half) + style.dim("─".repeat(width - full - half.length));
}
