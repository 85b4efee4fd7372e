import type { JobError } from "@reelway/shared/contracts/job-error";
import { Code } from "../parts/code.tsx";
import { FailedProgram } from "./failed-program.tsx";

/** What a failure left behind: the end of its log, and what failed, to be run again. */
export function FailureEvidence({ error }: { error: JobError }) {
  return (
    <>
      {error.logTail ? (
        <details>
          <summary>The end of the log</summary>
          <Code text={error.logTail} label="The end of the log" tall />
        </details>
      ) : null}
      <FailedProgram error={error} />
    </>
  );
}
