import { formatClock } from "@reelway/shared/cli/terminal/units";
import type { JobStatus } from "@reelway/shared/contracts/job";
import { stageLabels } from "./shown-state.ts";

/** Stage, how far, what is left, and how fast, in one line: what is cut where it is narrow is what matters least. */
export function Figures({ status }: { status: JobStatus | null }) {
  if (status === null || status.state !== "running") return null;
  const { stage, percent, fps, speed, etaSeconds } = status;
  const figures = [
    `${Math.floor(percent)} %`,
    ...(etaSeconds === null || etaSeconds < 1 ? [] : [`${formatClock(etaSeconds)} left`]),
    ...(speed === null ? [] : [`${speed.toFixed(speed < 10 ? 1 : 0)}×`]),
    ...(fps === null ? [] : [`${Math.round(fps)} fps`]),
  ];
  return (
    <>
      {stageLabels[stage]} · {figures.join(" · ")}
    </>
  );
}
