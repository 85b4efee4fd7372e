import type { Job } from "@reelway/shared/contracts/job";
import type { JobError } from "@reelway/shared/contracts/job-error";
import type { JobTask } from "@reelway/shared/contracts/job-task";
import { errorPage, explainJobError } from "../api/explain.ts";
import { Code } from "../parts/code.tsx";
import { Words } from "../parts/words.tsx";
import "./errors.css";
import { partName } from "./part-name.ts";

/** Why it failed, and which attempts of its tasks failed on the way, each with the end of ffmpeg's own log. */
export function Errors({ job, tasks }: { job: Job; tasks: readonly JobTask[] }) {
  const failed = tasks.flatMap(({ part, error, attempt }) =>
    error === null || part === "" ? [] : [{ part, error, attempt }],
  );
  if (job.error === null && failed.length === 0) return null;
  return (
    <section class="stack" aria-label="Errors">
      {job.error === null ? null : <Why error={job.error} what="The job failed" />}
      {failed.map(({ part, error, attempt }) => (
        <Why key={part} error={error} what={`${partName(part)}, attempt ${attempt}`} />
      ))}
    </section>
  );
}

function Why({ error, what }: { error: JobError; what: string }) {
  const { code, title, detail, remedy } = explainJobError(error);
  return (
    <div class="job-error">
      <p class="small soft">{what}</p>
      <h3>{title}</h3>
      {detail === title ? null : <p class="job-error-detail">{detail}</p>}
      <p>
        <Words text={remedy} />
      </p>
      <p class="small">
        <a href={errorPage(code)} target="_blank" rel="noreferrer">
          <code>{code}</code>
        </a>
      </p>
      {error.logTail ? (
        <details>
          <summary>The end of the log</summary>
          <Code text={error.logTail} label="The end of the log" tall />
        </details>
      ) : null}
    </div>
  );
}
