import { RegionId, regions } from "@reelway/shared/regions";
import { useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Failure } from "../../parts/failure.tsx";
import { Listing } from "../../parts/listing.tsx";
import { usePaged } from "../../parts/paged.ts";
import { type Choice, Select } from "../../parts/select.tsx";
import { Skeleton } from "../../parts/skeleton.tsx";
import { useLookOnly } from "../look-only.tsx";
import { AddRunnerDialog } from "./add-runner-dialog.tsx";
import { runnerColumns } from "./runner-columns.tsx";
import "./runner-list.css";
import { runnerPages, useFirstPages } from "./runner-pages.ts";

const places: readonly Choice<RegionId | "">[] = [
  { value: "", label: "All regions" },
  ...RegionId.options.map((value) => ({ value, label: regions[value].name })),
];

/** The hosts that do the work: each region with its own. */
export function RunnerList() {
  const [region, setRegion] = useState<RegionId | "">("");
  const [adding, setAdding] = useState(false);
  const lookOnly = useLookOnly();
  const add = () => setAdding(true);
  return (
    <section aria-labelledby="runners">
      <div class="room-head">
        <h2 id="runners" class="grow">
          Runners
        </h2>
        <div class="runner-filter">
          <Select aria-label="Region of the runners" value={region} choices={places} onChoose={setRegion} />
        </div>
        {lookOnly === undefined ? (
          <Button kind="primary" icon="plus" onClick={add}>
            Add a runner
          </Button>
        ) : null}
      </div>
      <ByRegion shown={region === "" ? RegionId.options : [region]} onAdd={lookOnly === undefined ? add : undefined} />
      {adding ? <AddRunnerDialog region={region} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

function ByRegion({ shown, onAdd }: { shown: readonly RegionId[]; onAdd: (() => void) | undefined }) {
  const pages = useFirstPages(shown);
  const unread = pages.filter(({ data }) => data === undefined);
  const error = unread.find((page) => page.error !== null)?.error;
  if (error) return <Failure error={error} onRetry={() => void Promise.all(pages.map(({ refetch }) => refetch()))} />;
  // All at once: what comes later would push the rest down.
  if (unread.length > 0)
    return (
      <div class="panel runner-wait">
        <Skeleton lines={6} />
      </div>
    );
  const inhabited = shown.filter((_, place) => (pages[place]?.data?.items.length ?? 0) > 0);
  if (inhabited.length === 0) return <NoRunners onAdd={onAdd} elsewhere={shown.length === 1} />;
  return (
    <div class="stack">
      {inhabited.map((region) => (
        <RunnersOfRegion key={region} region={region} />
      ))}
    </div>
  );
}

function RunnersOfRegion({ region }: { region: RegionId }) {
  const paged = usePaged(runnerPages(region));
  const { name } = regions[region];
  return (
    <section aria-label={name}>
      <h3 class="runner-region">
        {name} <code class="small soft">{region}</code>
      </h3>
      <Listing
        label={`Runners in ${name}`}
        paged={{ ...paged, items: paged.items?.toSorted((a, b) => a.name.localeCompare(b.name)) }}
        columns={runnerColumns}
        keyOf={({ id }) => id}
        empty={<p class="listing-none soft">None on this page any more.</p>}
      />
    </section>
  );
}

function NoRunners({ onAdd, elsewhere }: { onAdd: (() => void) | undefined; elsewhere: boolean }) {
  return (
    <div class="panel">
      <Empty icon="fleet" title={elsewhere ? "No runner in this region" : "No runners yet"}>
        <p>
          A runner is a host of yours that converts: a GPU under a desk, a rack in an office. It needs ffmpeg and HTTPS.
        </p>
        {onAdd ? <Button onClick={onAdd}>Add a runner</Button> : null}
      </Empty>
    </div>
  );
}
