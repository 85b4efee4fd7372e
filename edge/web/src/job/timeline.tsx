import { formatClock, formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Job } from "@reelway/shared/contracts/job";
import type { JobTask } from "@reelway/shared/contracts/job-task";
import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { useNow } from "../parts/now.ts";
import { Skeleton } from "../parts/skeleton.tsx";
import { describeBar } from "./describe-bar.ts";
import { GanttLegend } from "./gantt-legend.tsx";
import { type Bar, ganttOf, ticksOf } from "./gantt-rows.ts";
import { GanttTrack } from "./gantt-track.tsx";
import "./timeline.css";
import { isLive } from "./use-job.ts";
import { useRunnerNames } from "./use-runner-names.ts";

const laneHeight = 22;

/** Which runner worked when on which part of the job. */
export function Timeline({ job, tasks }: { job: Job; tasks: readonly JobTask[] | undefined }) {
  const now = useNow(1_000, isLive(job));
  const nameOf = useRunnerNames();
  const [shown, setShown] = useState<string | null>(null);
  const gantt = ganttOf(tasks ?? [], now);
  const bars = gantt.rows.flatMap((row) => row.bars.map((bar) => ({ bar, runner: nameOf(row.runnerId) })));
  const current = bars.find(({ bar }) => bar.key === shown);
  const length = Math.max(1, gantt.to - gantt.from);
  const ticks = ticksOf(length);
  const move = (bar: Bar, step: number) => {
    const at = bars.findIndex((one) => one.bar === bar);
    const next =
      step === Number.POSITIVE_INFINITY ? bars.at(-1) : step === Number.NEGATIVE_INFINITY ? bars[0] : bars[at + step];
    if (next) setShown(next.bar.key);
  };
  return (
    <section aria-labelledby="timeline">
      <div class="section-head">
        <h2 id="timeline">Timeline</h2>
        <p class="small soft">{tasks === undefined ? "" : summaryOf(tasks, gantt.kept, gantt.left)}</p>
      </div>
      <div class="panel gantt">
        {tasks === undefined ? (
          <Skeleton lines={3} />
        ) : gantt.rows.length === 0 ? (
          <p class="soft">
            {isLive(job)
              ? "No runner has begun yet."
              : "Nobody knows any more who worked when: queues forget after a week."}
          </p>
        ) : (
          <>
            {gantt.rows.map(({ runnerId, lanes, bars: own }) => (
              <div key={runnerId} class="gantt-row">
                <span class="small cut gantt-runner" title={runnerId}>
                  {nameOf(runnerId)}
                </span>
                <GanttTrack
                  bars={own}
                  height={lanes * laneHeight}
                  laneHeight={laneHeight}
                  from={gantt.from}
                  length={length}
                  shown={shown}
                  tabStop={shown ?? bars[0]?.bar.key ?? null}
                  labelOf={(bar) => describeBar(bar, nameOf(runnerId))}
                  onShow={(bar) => setShown(bar.key)}
                  onMove={move}
                />
              </div>
            ))}
            <div class="gantt-row">
              <span />
              <div class="gantt-axis" aria-hidden="true">
                {ticks.map((seconds) => (
                  <span key={seconds} class="small" style={{ left: `${(seconds * 100_000) / length}%` }}>
                    {formatClock(seconds)}
                  </span>
                ))}
                {ticks.length === 1 ? <span class="small gantt-end">{formatDuration(length)}</span> : null}
              </div>
            </div>
            <GanttLegend bars={bars.map(({ bar }) => bar)} />
            <p class="small gantt-detail">
              {current ? (
                describeBar(current.bar, current.runner)
              ) : (
                <>
                  <span class="by-pointer">Point at a task, or move with the arrow keys, to read about it.</span>
                  <span class="by-touch">Tap a task to read about it.</span>
                </>
              )}
            </p>
          </>
        )}
      </div>
    </section>
  );
}

function summaryOf(tasks: readonly JobTask[], kept: number, left: number): string {
  const done = tasks.filter(({ state }) => state === "done").length;
  const running = tasks.filter(({ state }) => state === "leased").length;
  const failed = tasks.filter(({ state }) => state === "dead").length;
  const retried = tasks.filter(({ attempt }) => attempt > 1).length;
  return [
    `${done} of ${counted(tasks.length, "task")} done`,
    ...(running > 0 ? [`${running} under way`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(left > 0 ? [`${left} to come`] : []),
    ...(retried > 0 ? [`${retried} tried again`] : []),
    ...(kept > 0 ? [`${kept} kept from before`] : []),
  ].join(" · ");
}
