import { formatBytes, formatClock } from "@reelway/shared/cli/terminal/units";
import type { Job } from "@reelway/shared/contracts/job";
import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { AwayButton, Button } from "../parts/button.tsx";
import { codecName } from "../parts/codec-name.ts";
import { downloadAddress } from "./main-result.ts";
import "./outputs.css";

type Output = Job["outputs"][number];

/** Of a stream there are thousands: these make up the film, and are not downloaded one by one. */
const ofTheFilm = ["segment", "init", "plan", "index"];
const atFirst = 12;
/** What people come for stands first. */
const inOrder = ["video", "audio", "thumbnail", "playlist", "subtitles", "poster", "metadata", "storyboard", "sprite"];

/** What was made, each file to be downloaded. */
export function Outputs({ job, isOver }: { job: Job; isOver: boolean }) {
  const [all, setAll] = useState(false);
  const files = job.outputs.filter(({ role }) => !ofTheFilm.includes(role)).sort(byUse);
  const shown = all ? files : files.slice(0, atFirst);
  return (
    <section aria-labelledby="outputs">
      <div class="section-head">
        <h2 id="outputs">Outputs</h2>
        <p class="small soft">{summaryOf(files, job.outputs.length - files.length)}</p>
      </div>
      {files.length === 0 ? (
        <p class="panel soft">
          {isOver ? "This job has no outputs." : "Its files are listed here when it has succeeded."}
        </p>
      ) : (
        <ul class="panel outputs">
          {shown.map((file) => (
            <OutputRow key={file.name} jobId={job.id} file={file} />
          ))}
        </ul>
      )}
      {files.length > atFirst && !all ? (
        <div class="outputs-more">
          <Button small kind="quiet" onClick={() => setAll(true)}>
            Show all {files.length}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

/** What is listed, and how many more there are that are not downloaded one by one. */
function summaryOf(files: readonly Output[], ofTheStream: number): string {
  if (files.length === 0) return "";
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const listed = `${counted(files.length, "file")}, ${formatBytes(bytes)}`;
  return ofTheStream === 0
    ? listed
    : `${listed}, and ${ofTheStream} more that ${ofTheStream === 1 ? "makes" : "make"} up the stream`;
}

/** By role, and what lies at the top before what lies in folders. */
function byUse(a: Output, b: Output): number {
  const depth = ({ name }: Output) => name.split("/").length;
  return inOrder.indexOf(a.role) - inOrder.indexOf(b.role) || depth(a) - depth(b) || (a.name < b.name ? -1 : 1);
}

function OutputRow({ jobId, file: { name, role, bytes, media } }: { jobId: string; file: Output }) {
  const facts = [
    role,
    formatBytes(bytes),
    ...(media?.width && media.height ? [`${media.width}×${media.height}`] : []),
    ...(media?.durationSeconds ? [formatClock(media.durationSeconds)] : []),
    ...[media?.videoCodec, media?.audioCodec].flatMap((codec) => (codec ? [codecName(codec)] : [])),
  ];
  return (
    <li class="output">
      <code class="output-name">{name}</code>
      <span class="output-facts small soft">{facts.join(" · ")}</span>
      <AwayButton
        href={downloadAddress(jobId, name)}
        download
        icon="download"
        small
        label={`Download ${name}`}
        kind="quiet"
      />
    </li>
  );
}
