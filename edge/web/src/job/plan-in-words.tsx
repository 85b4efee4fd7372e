import { formatBytes, formatClock } from "@reelway/shared/cli/terminal/units";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import "./plan-in-words.css";
import type { usePlan } from "./use-job.ts";

/** How a stream is made, and why so. */
export function PlanInWords({
  plan: { data: plan, error, isPending },
  isPlanned,
}: {
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
            <Planned plan={plan} />
          )}
        </div>
      )}
    </section>
  );
}

function Planned({ plan }: { plan: JobPlan }) {
  return (
    <>
      <p>{sentenceOf(plan)}</p>
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
                <th scope="row">{name}</th>
                <td>
                  {width}×{height}
                </td>
                <td>{maxKbps.toLocaleString("en")} kbit/s</td>
                <td>
                  <code>{codecs ?? plan.video?.encoder}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
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
        : `The picture is cut into ${chunks.length} ${chunks.length === 1 ? "chunk" : "chunks"} at the source's key frames, so that as many runners can work at once; together they read ${formatBytes(read)}. Encoded by ${video.encoder}.`;
  const tracks = audio.map(({ codec, channels, bitrateKbps, language }) =>
    [language, codec, `${channels} ch`, `${bitrateKbps} kbit/s`].filter(Boolean).join(" "),
  );
  return `${length} ${cut} ${tracks.length === 0 ? "There is no sound." : `Sound: ${tracks.join("; ")}.`}`;
}
