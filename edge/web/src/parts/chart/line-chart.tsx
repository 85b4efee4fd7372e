import { useState } from "preact/hooks";
import "./chart.css";
import { ChartTable } from "./chart-table.tsx";
import { areaPath, dotsPath, linePath, pointsOfLine } from "./line-path.ts";
import type { Scale } from "./scale.ts";
import { stepTime, timeTicks } from "./time-ticks.ts";

export interface ChartLine {
  readonly label: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

interface LineChartProps {
  title: string;
  /** What is drawn, in a few words. */
  about: string;
  /** When each step begins. */
  times: readonly number[];
  stepMs: number;
  /** The first is drawn strongly, a second one broken. */
  lines: readonly ChartLine[];
  scaleFor: (largest: number) => Scale;
  format: (value: number) => string;
}

const keys: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowLeft: (index) => index - 1,
  ArrowDown: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index) => index + 1,
  PageDown: (index) => index - 10,
  PageUp: (index) => index + 10,
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * Lines over time. Pointing at it or going through it by arrow keys tells the values of a moment; a reader hears them as
 * of a slider; all of them are in a table beneath.
 */
export function LineChart({ title, about, times, stepMs, lines, scaleFor, format }: LineChartProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const last = times.length - 1;
  const index = chosen === null || chosen > last ? last : chosen;
  const known = lines.flatMap(({ values }) => values.flatMap((value) => value ?? []));
  const scale = scaleFor(Math.max(0, ...known));
  const said = lines.map(({ label, values }) => `${label} ${valueText(values[index] ?? null, format)}`).join(", ");
  const when = stepTime(times[index] ?? 0, stepMs) + (index === last ? ", so far" : "");
  const choose = (wanted: number) => setChosen(Math.min(last, Math.max(0, wanted)));
  return (
    <figure class="panel chart">
      <figcaption class="chart-head">
        <h3>{title}</h3>
        <p class="small soft">{about}</p>
      </figcaption>
      <p class="chart-values small">
        <span class="soft">{when}</span>
        {lines.map(({ label, values }, line) => (
          <span key={label} class="chart-value">
            <svg class={`chart-key line-${line}`} viewBox="0 0 20 8" aria-hidden="true">
              <path d="M1 4h18" />
            </svg>
            {label} <strong>{valueText(values[index] ?? null, format)}</strong>
          </span>
        ))}
      </p>
      <div
        class="chart-plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title}, moment`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={index}
        aria-valuetext={`${when}: ${said}`}
        onPointerMove={({ currentTarget, clientX }) => {
          const { left, width } = currentTarget.getBoundingClientRect();
          if (width > 0) choose(Math.round(((clientX - left) / width) * last));
        }}
        onPointerLeave={() => setChosen(null)}
        onBlur={() => setChosen(null)}
        onKeyDown={(event) => {
          const to = keys[event.key]?.(index, last);
          if (to === undefined) return;
          event.preventDefault();
          choose(to);
        }}
      >
        {scale.ticks.map((tick) => (
          <span
            key={tick}
            class="chart-tick small"
            style={{ bottom: `${(tick * 100) / scale.top}%` }}
            aria-hidden="true"
          >
            <span>{format(tick)}</span>
          </span>
        ))}
        <svg class="chart-lines" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          {lines.map(({ label, values }, line) => {
            const points = pointsOfLine(values, scale.top);
            return (
              <g key={label} class={`line-${line}`}>
                {line === 0 ? <path class="chart-area" d={areaPath(points)} /> : null}
                <path d={linePath(points)} />
                <path class="chart-dots" d={dotsPath(points)} />
              </g>
            );
          })}
          {chosen === null ? null : <path class="chart-cursor" d={`M${(index * 100) / Math.max(1, last)} 0v100`} />}
        </svg>
        {known.length === 0 ? (
          <p class="chart-none small soft">
            <span>Nothing is known of this time yet.</span>
          </p>
        ) : null}
      </div>
      <div class="chart-axis small" aria-hidden="true">
        {timeTicks(times).map(({ index: at, label }) => (
          <span key={at} style={{ left: `${(at * 100) / Math.max(1, last)}%` }}>
            {label}
          </span>
        ))}
      </div>
      <ChartTable title={title} times={times} stepMs={stepMs} lines={lines} format={format} />
    </figure>
  );
}

function valueText(value: number | null, format: (value: number) => string): string {
  return value === null ? "–" : format(value);
}
