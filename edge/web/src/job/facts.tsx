import { formatBytes, formatClock, formatDuration } from "@reelway/shared/cli/terminal/units";
import type { Asset } from "@reelway/shared/contracts/asset";
import type { Job } from "@reelway/shared/contracts/job";
import { regions } from "@reelway/shared/regions";
import { useRecipeTitle } from "../jobs/recipe-title.ts";
import { Code } from "../parts/code.tsx";
import { codecName } from "../parts/codec-name.ts";
import { Fact } from "../parts/fact.tsx";
import { Time } from "../parts/time.tsx";
import "./facts.css";

/** What is written of the job, beside the player. */
export function Facts({ job, source, wide = false }: { job: Job; source: Asset | undefined; wide?: boolean }) {
  const titleOf = useRecipeTitle();
  const media = job.source;
  const [video] = media?.video ?? [];
  const [audio] = media?.audio ?? [];
  return (
    <aside class={`panel facts ${wide ? "wide" : ""}`} aria-label="Facts">
      <dl>
        <Fact name="Preset">{titleOf(job)}</Fact>
        <Fact name="Region">{regions[job.region].name}</Fact>
        <Fact name="Priority">{job.priority}</Fact>
        <Fact name="Created">
          <Time at={job.createdAt} />
        </Fact>
        {job.run > 1 ? <Fact name="Run">{job.run}</Fact> : null}
        <Fact name="Source">
          {source === undefined ? "…" : source.bytes > 0 ? formatBytes(source.bytes) : "being fetched"}
        </Fact>
        {media?.durationSeconds ? <Fact name="Length">{formatClock(media.durationSeconds)}</Fact> : null}
        {video ? (
          <Fact name="Picture">
            {video.width}×{video.height} {codecName(video.codec)}
            {video.fps ? `, ${Math.round(video.fps * 100) / 100} fps` : ""}
            {video.hdr ? `, ${video.hdr}` : ""}
          </Fact>
        ) : null}
        {audio ? (
          <Fact name="Sound">
            {codecName(audio.codec)}, {audio.channelLayout ?? `${audio.channels} channels`}
            {media && media.audio.length > 1 ? `, ${media.audio.length} tracks` : ""}
          </Fact>
        ) : null}
        {job.execution ? (
          <Fact name="Encoder">
            {job.execution.encoder ?? "ffmpeg"}
            {/* Of a stream it would be the time of its last task alone. */}
            {job.kind === "stream" ? "" : `, ${formatDuration(job.execution.processMs)}`}
          </Fact>
        ) : null}
        {job.execution?.ran?.map(({ device, encoder, outcome, reason }) =>
          outcome === "done" ? null : (
            <Fact key={`${device} ${encoder} ${reason}`} name={outcome === "failed" ? "Failed on" : "Left out"}>
              {device ?? "software"}, {encoder}: {reason}
            </Fact>
          ),
        )}
        {job.tags.length > 0 ? <Fact name="Tags">{job.tags.join(", ")}</Fact> : null}
        {Object.entries(job.metadata).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
        <Fact name="Id">
          <code class="fact-id">{job.id}</code>
        </Fact>
      </dl>
      <details>
        <summary>Settings as JSON</summary>
        <Code text={JSON.stringify(job.spec, null, 2)} label="Settings" />
      </details>
    </aside>
  );
}
