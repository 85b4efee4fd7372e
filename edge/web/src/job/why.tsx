import type { JobError } from "@reelway/shared/contracts/job-error";
import { errorPage, explainJobError } from "../api/explain.ts";
import { Words } from "../parts/words.tsx";
import { FailureEvidence } from "./failure-evidence.tsx";
import "./why.css";

/** Why something ended badly, what helps, the end of ffmpeg's own log, and what it was run as. */
export function Why({ error, what }: { error: JobError; what: string }) {
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
      <FailureEvidence error={error} />
    </div>
  );
}
