import { programWords } from "@reelway/shared/cli/program-words";
import type { JobError } from "@reelway/shared/contracts/job-error";
import { Code } from "../parts/code.tsx";

/** What failed, to be run again at one's own desk; nothing, where no program did. */
export function FailedProgram({ error: { program } }: { error: JobError }) {
  if (program === undefined) return null;
  return (
    <details>
      <summary>See it fail on your own machine</summary>
      <p class="small soft">
        {programWords(program)}.{" "}
        {program.command === undefined
          ? "Its command is too long to be told."
          : "Put the source into an empty folder under the name source, without an ending, and run this there."}
      </p>
      {program.command === undefined ? null : <Code text={program.command} label="The command that failed" tall />}
    </details>
  );
}
