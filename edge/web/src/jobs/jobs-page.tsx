import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../api/client.ts";
import { usePageTitle } from "../app/page-title.ts";
import { Button, LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { Failure } from "../parts/failure.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { JobFilters } from "./job-filters.tsx";
import { JobRow } from "./job-row.tsx";
import "./jobs-page.css";
import { useFilters } from "./use-filters.ts";

const perPage = 20;
const refreshMs = 4_000;

/** All jobs, newest first, a page at a time. Rows follow their jobs live; the list itself is read again every few seconds. */
export function JobsPage() {
  usePageTitle("Jobs");
  const { filters, isFiltered, clear, key } = useFilters();
  // The cursors of the pages up to this one; a page belongs to its filters.
  const [trail, setTrail] = useState<{ key: string; cursors: readonly string[] }>({ key, cursors: [] });
  const cursors = trail.key === key ? trail.cursors : [];
  const cursor = cursors.at(-1);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ["jobs", key, cursor],
    queryFn: ({ signal }) =>
      client.jobs.list({ ...filters, ...(cursor === undefined ? {} : { cursor }), limit: perPage }, signal),
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  });
  const go = (next: readonly string[]) => {
    setTrail({ key, cursors: next });
    window.scrollTo(0, 0);
  };
  return (
    <>
      <div class="page-head">
        <h1 class="grow">Jobs</h1>
        <LinkButton to="/" kind="primary" icon="plus">
          Convert
        </LinkButton>
      </div>
      <JobFilters />
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 ? (
        <section class="panel">{isFiltered ? <NothingFound clear={clear} /> : <NothingYet />}</section>
      ) : (
        <section class="panel job-list" aria-busy={isPlaceholderData} aria-label="Jobs">
          <div class="job-row job-head" aria-hidden="true">
            <span>State</span>
            <span>Source</span>
            <span>Preset</span>
            <span>Progress</span>
            <span>Made</span>
          </div>
          {data === undefined ? (
            <div class="job-list-wait">
              <Skeleton lines={8} />
            </div>
          ) : (
            <ul>
              {data.items.map((job) => (
                <JobRow key={job.id} job={job} />
              ))}
            </ul>
          )}
        </section>
      )}
      {cursors.length === 0 && !data?.nextCursor ? null : (
        <nav class="pages" aria-label="Pages">
          <Button icon="left" small disabled={cursors.length === 0} onClick={() => go(cursors.slice(0, -1))}>
            Newer
          </Button>
          <span class="small soft">Page {cursors.length + 1}</span>
          <Button
            small
            disabled={!data?.nextCursor}
            onClick={() => data?.nextCursor && go([...cursors, data.nextCursor])}
          >
            Older
          </Button>
        </nav>
      )}
    </>
  );
}

function NothingYet() {
  return (
    <Empty icon="film" title="No jobs yet">
      <p>Drop a video anywhere on this page, and choose what to make of it.</p>
      <LinkButton to="/" kind="primary">
        Convert a video
      </LinkButton>
    </Empty>
  );
}

function NothingFound({ clear }: { clear: () => void }) {
  return (
    <Empty icon="search" title="No job is like that">
      <p>Search takes the id of a job or a source, or a tag as a whole. Names of files are not searched.</p>
      <Button onClick={clear}>Show all jobs</Button>
    </Empty>
  );
}
