import { formatBytes, formatClock } from "@reelway/shared/cli/terminal/units";
import type { Job } from "@reelway/shared/contracts/job";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Button } from "../parts/button.tsx";
import { codecName } from "../parts/codec-name.ts";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { useMay } from "../session/session.ts";
import "./plan-in-words.css";
import { RemakeDialog } from "./remake-dialog.tsx";
import type { usePlan } from "./use-job.ts";

/** How a stream is made, and why so. */
export function PlanInWords({
  job,
  plan: { data: plan, error, isPending },
  isPlanned,
}: {
  job: Job;
  plan: ReturnType<typeof usePlan>;
  isPlanned: boolean;
}) {
  return (
    <section aria-labelledby="plan">
      <div class="section-head">
        <h2 id="plan">Plan</h2>
      </div>
      {error === null ? null : <Failure error={error} />}
      {error !== null ? null : (
        <div class="panel stack">
          {!isPlanned ? (
            <p class="soft">A runner reads the source's index first, and plans by it.</p>
          ) : isPending || plan === undefined ? (
            <Skeleton lines={4} />
          ) : (
            <>
              <Planned plan={plan} />
              <Remake job={job} plan={plan} />
            </>
          )}
        </div>
      )}
    </section>
  );
}

/** Where a stream is whole, one of its sizes may be made once more. One that was not cut would be made as a whole again. */
function Remake({ job, plan }: { job: Job; plan: JobPlan }) {
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (job.state !== "succeeded" || plan.chunks.length === 0 || !may("jobs:write")) return null;
  return (
    <div class="line">
      <Button small icon="repeat" onClick={() => setOpen(true)}>
        Make sizes again
      </Button>
      {open ? <RemakeDialog job={job} plan={plan} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function Planned({ plan }: { plan: JobPlan }) {
  const copied = new Set(plan.reused?.renditions.map(({ id }) => id));
  return (
    <>
      <p>{sentenceOf(plan)}</p>
      {plan.reused === null ? null : <Reused reused={plan.reused} sizes={plan.video?.renditions.length ?? 0} />}
      {plan.video === null ? null : (
        <table class="ladder">
          <thead>
            <tr>
              <th scope="col">Size</th>
              <th scope="col">Pixels</th>
              <th scope="col">At most</th>
              <th scope="col">Codec</th>
            </tr>
          </thead>
          <tbody>
            {plan.video.renditions.map(({ id, name, width, height, maxKbps, codecs }) => (
              <tr key={id}>
                <th scope="row">
                  {name}
                  {copied.has(id) ? <span class="soft"> copied</span> : null}
                </th>
                <td>
                  {width}×{height}
                </td>
                <td>{maxKbps.toLocaleString("en")} kbit/s</td>
                <td>
                  {codecs === undefined || codecs === null ? (
                    plan.video?.encoder
                  ) : (
                    <span title={codecs}>{codecs.split(",").map(codecName).join(" + ")}</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Reused({ reused, sizes }: { reused: NonNullable<JobPlan["reused"]>; sizes: number }) {
  const { jobId, renditions, reason } = reused;
  const other = <Link href={`/jobs/${jobId}`}>another job</Link>;
  if (reason !== null)
    return (
      <p>
        Nothing could be copied from {other}: {reason} All sizes are encoded.
      </p>
    );
  const copied = renditions.length === 1 ? "One size is" : `${renditions.length} sizes are`;
  return (
    <p>
      {renditions.length === sizes ? "All sizes are" : copied} copied from {other}
      {renditions.length === sizes ? "." : "; the rest is encoded."}
    </p>
  );
}

function sentenceOf({ durationSeconds, segmentSeconds, chunks, whole, video, audio }: JobPlan): string {
  const length = `${formatClock(durationSeconds)} in segments of about ${segmentSeconds} s.`;
  const read = chunks.reduce((sum, { sourceBytes }) => sum + sourceBytes, 0);
  const cut =
    video === null
      ? "There is no picture."
      : whole !== null
        ? `The picture is one task, since ${whole.reason} (${whole.code}).`
        : `The picture is cut into ${counted(chunks.length, "chunk")} at the source's key frames, so that as many runners can work at once; together they read ${formatBytes(read)}. Encoded by ${video.encoder}.`;
  const tracks = audio.map(({ codec, channels, bitrateKbps, language }) =>
    [language, codecName(codec), `${channels} ch`, `${bitrateKbps} kbit/s`].filter(Boolean).join(" "),
  );
  return `${length} ${cut} ${tracks.length === 0 ? "There is no sound." : `Sound: ${tracks.join("; ")}.`}`;
}
