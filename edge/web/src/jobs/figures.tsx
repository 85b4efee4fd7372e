import { formatClock } from "@reelway/shared/cli/terminal/units";
import type { JobStatus } from "@reelway/shared/contracts/job";
import { stageLabels } from "./shown-state.ts";

/** Stage, frames a second, and what is left, in one line. */
export function Figures({ status }: { status: JobStatus | null }) {
  if (status === null || status.state !== "running") return null;
  const { stage, percent, fps, speed, etaSeconds } = status;
  const figures = [
    `${Math.floor(percent)} %`,
    ...(fps === null ? [] : [`${Math.round(fps)} fps`]),
    ...(speed === null ? [] : [`${speed.toFixed(speed < 10 ? 1 : 0)}×`]),
    ...(etaSeconds === null ? [] : [`${formatClock(etaSeconds)} left`]),
  ];
  return (
    <>
      {stageLabels[stage]} · {figures.join(" · ")}
    </>
  );
}
