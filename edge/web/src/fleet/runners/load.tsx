import type { Runner } from "@reelway/shared/contracts/runner";
import { Progress } from "../../parts/progress.tsx";

/** How many of its slots are taken. */
export function Load({ runner: { name, slots, activeTasks } }: { runner: Runner }) {
  if (slots === 0) return <>–</>;
  return (
    <span class="runner-load">
      <Progress percent={Math.min(100, (activeTasks * 100) / slots)} label={`Load of ${name}`} />
      <span class="small soft">
        {activeTasks} of {slots}
      </span>
    </span>
  );
}
