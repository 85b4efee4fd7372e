import { useState } from "preact/hooks";
import type { ChartLine } from "./line-chart.tsx";
import { stepTime } from "./time-ticks.ts";

interface ChartTableProps {
  title: string;
  times: readonly number[];
  stepMs: number;
  lines: readonly ChartLine[];
  format: (value: number) => string;
}

/** The same figures as a table, newest first, where somebody wants it. */
export function ChartTable({ title, times, stepMs, lines, format }: ChartTableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-details" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Figures</summary>
      {open ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="chart-table" tabIndex={0} aria-label={`${title}, figures`}>
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                {lines.map(({ label }) => (
                  <th key={label} scope="col">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{times.map((at, index) => row(at, index)).reverse()}</tbody>
          </table>
        </section>
      ) : null}
    </details>
  );

  function row(at: number, index: number) {
    return (
      <tr key={at}>
        <th scope="row">{stepTime(at, stepMs)}</th>
        {lines.map(({ label, values }) => {
          const value = values[index] ?? null;
          return <td key={label}>{value === null ? "–" : format(value)}</td>;
        })}
      </tr>
    );
  }
}
