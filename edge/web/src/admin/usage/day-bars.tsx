import type { Usage } from "@reelway/shared/contracts/usage";
import { everyDay } from "./every-day.ts";
import { type Measure, measures } from "./measures.ts";

const short = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const whole = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });

/** One figure, day by day. Readers are told it as a table. */
export function DayBars({ usage, measure }: { usage: Usage; measure: Measure }) {
  const { label, write, writeWhole = write } = measures[measure];
  const days = everyDay(usage).map(({ day, figures }) => ({ day, value: figures?.[measure] ?? 0 }));
  const isOfOneYear = usage.from.slice(0, 4) === usage.to.slice(0, 4);
  /** "Nov 16", of "2026-11-16"; with its year where there are two. */
  const dayText = (day: string) => (isOfOneYear ? short : whole).format(Date.parse(day));
  const most = Math.max(...days.map(({ value }) => value));
  return (
    <div class="day-bars">
      <p class="day-bars-top small" aria-hidden="true">
        {writeWhole(most)}
      </p>
      <div class="day-bars-plot" aria-hidden="true">
        {days.map(({ day, value }) => (
          <div key={day} class="day-bar" title={`${dayText(day)}: ${writeWhole(value)}`}>
            <span style={{ height: most === 0 ? "0" : `${(value * 100) / most}%` }} />
          </div>
        ))}
      </div>
      <p class="day-bars-axis small" aria-hidden="true">
        <span>{dayText(usage.from)}</span>
        <span>{dayText(usage.to)}</span>
      </p>
      <table class="unseen">
        <caption>{label} by day</caption>
        <tbody>
          {days
            .filter(({ value }) => value > 0)
            .map(({ day, value }) => (
              <tr key={day}>
                <th scope="row">{dayText(day)}</th>
                <td>{write(value)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
