import { expect, test } from "vitest";
import { renderProgress } from "./progress-bar.ts";
import { styleFor } from "./style.ts";
import { type Column, renderTable } from "./table.ts";
import { formatAge, formatBytes, formatClock, formatDuration, formatShare } from "./units.ts";
import { truncate, widthOf } from "./width.ts";

const plain = styleFor({ isTTY: false }, {});
const coloured = styleFor({ isTTY: true }, {});

test("colours only on a terminal that wants them", () => {
  expect(coloured.red("x")).toBe("\u001b[31mx\u001b[39m");
  expect(plain.red("x")).toBe("x");
  expect(styleFor({ isTTY: true }, { NO_COLOR: "1" }).red("x")).toBe("x");
  expect(styleFor({ isTTY: true }, { TERM: "dumb" }).red("x")).toBe("x");
});

test("width counts what a terminal shows", () => {
  expect(["abc", "日本", "e\u0301", "🎬", coloured.red("x")].map(widthOf)).toEqual([3, 4, 1, 2, 1]);
  expect(truncate("日本語", 5)).toBe("日本…");
});

test("columns stay aligned under wide and coloured text", () => {
  const rows = [
    { name: "日本", size: "1" },
    { name: coloured.red("abc"), size: "100" },
  ];
  const columns: Column<{ name: string; size: string }>[] = [
    { title: "NAME", cell: ({ name }) => name },
    { title: "SIZE", cell: ({ size }) => size, align: "right" },
  ];
  const lines = renderTable(columns, rows, plain).split("\n");
  expect(lines).toEqual(["NAME  SIZE", "日本     1", `${coloured.red("abc")}    100`]);
});

test("a progress line is never wider than the terminal, and drops figures before the bar", () => {
  const progress = { label: "Converting", fraction: 0.5, figures: ["0:12 left", "4.27×", "128 fps"] };
  for (const columns of [10, 24, 40, 60, 80, 200])
    expect(widthOf(renderProgress(progress, columns, 0, plain))).toBeLessThan(Math.max(columns, 22));
  expect(renderProgress(progress, 80, 0, plain)).toBe(
    "⠋ Converting  ━━━━━━━━━━──────────  50 %  0:12 left · 4.27× · 128 fps",
  );
  expect(renderProgress(progress, 50, 0, plain)).toContain("0:12 left");
  expect(renderProgress({ ...progress, fraction: null }, 80, 1, plain)).toBe(
    "⠙ Converting    0:12 left · 4.27× · 128 fps",
  );
});

test("units", () => {
  expect([0, 999, 1_000, 999_499, 312_400_000, 5e9].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "999 kB",
    "312 MB",
    "5.0 GB",
  ]);
  expect([800, 59_000, 65_000, 3_723_000].map(formatDuration)).toEqual(["0.8 s", "59.0 s", "1:05", "1:02:03"]);
  expect([formatShare(168e6, 312e6), formatShare(900e3, 5e9)]).toEqual(["168/312 MB", "900 kB/5.0 GB"]);
  expect(formatClock(5)).toBe("0:05");
  expect([5_000, 30_000, 240_000, 7_200_000, 864_000_000].map((ago) => formatAge(0, ago))).toEqual([
    "just now",
    "30 s ago",
    "4 min ago",
    "2 h ago",
    "10 d ago",
  ]);
});
