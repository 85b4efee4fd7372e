/** A line chart as SVG: a text, so that the same figures make the same file. */
export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Where a line with its value is drawn. */
  readonly ticks: readonly number[];
  readonly isLogarithmic?: boolean;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const size = { width: 760, height: 360 };
const plot = { left: 66, right: 590, top: 44, bottom: 306 };
/** Okabe and Ito's: told apart by everybody. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

export function drawLines({ title, x, y, series }: LineChart): string {
  const across = scale(x, plot.left, plot.right);
  const up = scale(y, plot.bottom, plot.top);
  const text = (at: readonly [number, number], anchor: string, what: string, more = "") =>
    `<text x="${fixed(at[0])}" y="${fixed(at[1])}" text-anchor="${anchor}"${more}>${escaped(what)}</text>`;
  const grid = [
    ...x.ticks.map((tick) => line(across(tick), plot.top, across(tick), plot.bottom)),
    ...y.ticks.map((tick) => line(plot.left, up(tick), plot.right, up(tick))),
  ];
  const labels = [
    ...x.ticks.map((tick) => text([across(tick), plot.bottom + 18], "middle", shown(tick))),
    ...y.ticks.map((tick) => text([plot.left - 8, up(tick) + 4], "end", shown(tick))),
    text([(plot.left + plot.right) / 2, plot.bottom + 40], "middle", x.label),
    text(
      [16, (plot.top + plot.bottom) / 2],
      "middle",
      y.label,
      ` transform="rotate(-90 16 ${(plot.top + plot.bottom) / 2})"`,
    ),
    text([plot.left, 24], "start", title, ' font-weight="bold" font-size="15"'),
  ];
  const lines = series.map(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const path = points.map(([px, py]) => `${fixed(across(px))},${fixed(up(py))}`).join(" ");
    const top = plot.top + 10 + index * 22;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8" stroke-linejoin="round"/>`,
      `<line x1="${plot.right + 14}" y1="${top}" x2="${plot.right + 36}" y2="${top}" stroke="${colour}" stroke-width="3"/>`,
      text([plot.right + 42, top + 4], "start", name),
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    `<g stroke="#dddddd">${grid.join("")}</g>`,
    ...lines,
    `<g fill="#333333">${labels.join("")}</g>`,
    "</svg>\n",
  ].join("\n");
}

function scale({ from, to, isLogarithmic = false }: Axis, low: number, high: number): (value: number) => number {
  const place = (value: number) => (isLogarithmic ? Math.log(value) : value);
  const share = (value: number) =>
    (place(Math.min(to, Math.max(from, value))) - place(from)) / (place(to) - place(from));
  return (value) => low + share(value) * (high - low);
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}"/>`;
}

function shown(value: number): string {
  return value >= 10_000 ? `${value / 1_000}k` : String(value);
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
