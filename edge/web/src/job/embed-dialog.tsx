import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Code, copyText } from "../parts/code.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Failure } from "../parts/failure.tsx";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { fullTime } from "../parts/units.ts";

const terms = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
];

/** A snippet for another page, with a token of its own that runs out. */
export function EmbedDialog({ jobId, onClose }: { jobId: string; onClose: () => void }) {
  const [seconds, setSeconds] = useState("86400");
  const { data, error, refetch } = useQuery({
    queryKey: ["embed", jobId, seconds],
    queryFn: ({ signal }) => client.jobs.playback(jobId, { expiresInSeconds: Number(seconds) }, signal),
    staleTime: 60_000,
  });
  return (
    <Dialog
      title="Embed this film"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            kind="primary"
            icon="copy"
            disabled={data === undefined}
            onClick={() => data && copyText(snippetOf(data.token), "Snippet")}
          >
            Copy the snippet
          </Button>
        </>
      }
    >
      <Field
        label="Can be watched for"
        hint="Whoever has the snippet can watch until then. Only deleting the outputs ends it earlier."
      >
        {(links) => <Select {...links} value={seconds} choices={terms} onChoose={setSeconds} />}
      </Field>
      {error !== null ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton tall />
      ) : (
        <>
          <Code text={snippetOf(data.token)} label="Snippet" />
          <p class="small soft">It runs out at {fullTime(data.expiresAt)}.</p>
        </>
      )}
    </Dialog>
  );
}

/** It gives way on narrow pages; where a page's policy refuses the style, the attributes hold. */
const size = 'width="640" height="360" style="max-width:100%;height:auto;aspect-ratio:16/9;border:0"';

function snippetOf(token: string): string {
  return `<iframe src="${location.origin}/embed/${token}" ${size} allow="fullscreen" title="Film"></iframe>`;
}
