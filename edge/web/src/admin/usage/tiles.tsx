import { formatBytes } from "@reelway/shared/cli/terminal/units";
import type { Usage } from "@reelway/shared/contracts/usage";
import { counted } from "@reelway/shared/counted";
import { measures } from "./measures.ts";

/** The figures of the whole period, and what is stored now. */
export function Tiles({ usage: { total, stored } }: { usage: Usage }) {
  const { jobsSucceeded, jobsFailed, jobsCanceled } = total;
  const of = (name: "sourceSeconds" | "workSeconds" | "outputBytes" | "deliveredBytes") =>
    measures[name].write(total[name]);
  return (
    <dl class="tiles">
      <Tile
        name="Jobs"
        value={(jobsSucceeded + jobsFailed + jobsCanceled).toLocaleString("en")}
        note={`${jobsSucceeded} succeeded, ${jobsFailed} failed, ${jobsCanceled} canceled`}
      />
      <Tile name="Video converted" value={of("sourceSeconds")} note="length of the sources" />
      <Tile name="Work" value={of("workSeconds")} note="runners' time for what succeeded" />
      <Tile name="Made" value={of("outputBytes")} note="segments included" />
      <Tile name="Delivered" value={of("deliveredBytes")} note="to players and downloads" />
      <Tile
        name="Stored now"
        value={formatBytes(stored.sourceBytes + stored.outputBytes)}
        note={`${countOf(stored.sources, "source")}, ${formatBytes(stored.sourceBytes)}; ${countOf(stored.results, "result")}, ${formatBytes(stored.outputBytes)}`}
      />
    </dl>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div class="panel tile">
      <dt>{name}</dt>
      <dd>
        {value}
        <p>{note}</p>
      </dd>
    </div>
  );
}

function countOf(count: number, noun: string): string {
  return counted(count, noun, count.toLocaleString("en"));
}
