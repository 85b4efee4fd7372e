/** A point of a line within a square of 100: where it is, across and down. Null where nothing is known. */
export type LinePoint = { readonly x: number; readonly y: number } | null;

/** Where the points of a line lie. `top` is the value at the upper edge. */
export function pointsOfLine(values: readonly (number | null)[], top: number): LinePoint[] {
  const last = Math.max(1, values.length - 1);
  return values.map((value, index) => {
    return value === null ? null : { x: (index * 100) / last, y: 100 - (Math.min(value, top) * 100) / top };
  });
}

/** The stretches of neighbours that are known. */
export function runsOf(points: readonly LinePoint[]): NonNullable<LinePoint>[][] {
  const runs: NonNullable<LinePoint>[][] = [];
  let run: NonNullable<LinePoint>[] = [];
  for (const point of [...points, null]) {
    if (point !== null) run.push(point);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  return runs;
}

/** The stretches as an SVG path. */
export function linePath(points: readonly LinePoint[]): string {
  return runsOf(points)
    .filter((run) => run.length > 1)
    .map((run) => run.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join(""))
    .join("");
}

/** Points without neighbours, as lines without a length: their round caps are seen. */
export function dotsPath(points: readonly LinePoint[]): string {
  return runsOf(points)
    .flatMap(([first, second]) => (first && !second ? `M${short(first.x)} ${short(first.y)}h0` : []))
    .join("");
}

/** What lies beneath the line. */
export function areaPath(points: readonly LinePoint[]): string {
  return runsOf(points)
    .filter((run) => run.length > 1)
    .map((run) => {
      const [first, last] = [run[0]?.x ?? 0, run.at(-1)?.x ?? 0];
      return `M${short(first)} 100${run.map(({ x, y }) => `L${short(x)} ${short(y)}`).join("")}L${short(last)} 100Z`;
    })
    .join("");
}

function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
