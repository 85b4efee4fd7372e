import type { Job } from "@reelway/shared/contracts/job";
import type { Playback } from "@reelway/shared/contracts/playback";
import { isTerminal, type JobState } from "@reelway/shared/jobs/state-machine";
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Failure } from "../parts/failure.tsx";
import { Icon } from "../parts/icon.tsx";
import { Player } from "../player/player.tsx";
import { EmbedDialog } from "./embed-dialog.tsx";
import { mainResult } from "./main-result.ts";
import "./viewing.css";

interface ViewingProps {
  job: Job;
  state: JobState;
  name: string;
}

/** The result as a film, from the moment that there is something to see. */
export function Viewing({ job, state, name }: ViewingProps) {
  if (job.kind === "stream") return <StreamViewing job={job} state={state} name={name} />;
  const main = mainResult(job);
  if (job.state !== "succeeded" || main === undefined) return <Nothing job={job} state={state} />;
  const of = `/api/v1/jobs/${encodeURIComponent(job.id)}`;
  if (main.contentType === "image/gif") return <img class="still" src={`${of}/stream`} alt={`Result of ${name}`} />;
  const poster = job.outputs.some(({ role }) => role === "poster") ? `${of}/thumbnail` : null;
  return (
    <Player
      title={name}
      source={{ kind: "file", url: `${of}/stream` }}
      poster={poster}
      storyboard={null}
      growing={false}
      soundAlone={main.role === "audio"}
    />
  );
}

function StreamViewing({ job, state, name }: ViewingProps) {
  const [embedding, setEmbedding] = useState(false);
  const isOver = isTerminal(state);
  const isPlayable = job.playableAt !== null && (job.state === "running" || job.state === "succeeded");
  const { data, error, refetch } = useQuery({
    queryKey: ["playback", job.id, job.run],
    queryFn: ({ signal }) => client.jobs.playback(job.id, {}, signal),
    enabled: isPlayable,
    // A new token would start the film anew.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined && isOver && !isPlayable) return <Nothing job={job} state={state} />;
  const hasPictures = isOver && job.outputs.some(({ role }) => role === "storyboard");
  return (
    <div class="stack">
      {data !== undefined ? (
        <StreamPlayer name={name} playback={data} hasPictures={hasPictures} growing={!isOver} />
      ) : isPlayable ? (
        <div class="player-place" />
      ) : (
        <Nothing job={job} state={state} />
      )}
      <div class="line">
        <Button
          small
          icon="embed"
          disabled={data === undefined}
          why={data === undefined ? "It can be embedded as soon as it can be played." : undefined}
          onClick={() => setEmbedding(true)}
        >
          Embed
        </Button>
      </div>
      {embedding ? <EmbedDialog jobId={job.id} onClose={() => setEmbedding(false)} /> : null}
    </div>
  );
}

interface StreamPlayerProps {
  name: string;
  playback: Playback;
  hasPictures: boolean;
  growing: boolean;
}

function StreamPlayer({ name, playback: { hls, poster }, hasPictures, growing }: StreamPlayerProps) {
  // The same place by the page's own origin, whatever the installation is called elsewhere.
  const { pathname } = new URL(hls);
  const beside = (file: string) => pathname.replace(/[^/]+$/, file);
  return (
    <Player
      title={name}
      source={{ kind: "hls", url: pathname }}
      poster={poster === null && !hasPictures ? null : beside("poster.jpg")}
      storyboard={hasPictures ? beside("storyboard.vtt") : null}
      growing={growing}
    />
  );
}

function Nothing({ job, state }: { job: Job; state: JobState }) {
  return (
    <div class={isTerminal(state) ? "nothing short" : "player-place nothing"}>
      <Icon name="film" />
      <p>{wordsOf(job, state)}</p>
    </div>
  );
}

function wordsOf({ kind, outputs }: Job, state: JobState): string {
  if (state === "succeeded" && outputs.length === 0) return "Its outputs have been deleted.";
  if (state === "succeeded") return "This job makes nothing to play. Its files are below.";
  return kind === "stream"
    ? "It can be played as soon as its opening is made, long before it is whole."
    : "It can be played here when it is done.";
}
