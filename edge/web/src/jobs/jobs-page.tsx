import type { Job } from "@reelway/shared/contracts/job";
import type { Page } from "@reelway/shared/contracts/page";
import { client } from "../api/client.ts";
import { usePageTitle } from "../app/page-title.ts";
import { Button, LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { Failure } from "../parts/failure.tsx";
import { usePaged } from "../parts/paged.ts";
import { Pager } from "../parts/pager.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { useMay } from "../session/session.ts";
import { JobFilters } from "./job-filters.tsx";
import { JobRow } from "./job-row.tsx";
import "./jobs-page.css";
import { useFilters } from "./use-filters.ts";

const perPage = 20;
const refreshMs = 4_000;
const noJobs: Page<Job> = { items: [], nextCursor: null };

/** All jobs, newest first, a page at a time. Rows follow their jobs live; the list itself is read again every few seconds. */
export function JobsPage() {
  usePageTitle("Jobs");
  const may = useMay();
  const { value, filters, isFiltered, clear, key } = useFilters();
  const paged = usePaged({
    key: ["jobs", key],
    read: async (cursor, signal) =>
      filters === null ? noJobs : await client.jobs.list({ ...filters, ...cursor, limit: perPage }, signal),
    // Names are found by reading through the jobs: not again and again.
    ...(filters?.sourceName === undefined && { refreshMs }),
  });
  const { items, error, isStale, refetch } = paged;
  // Then what leads to the first job stands in the list's place.
  const isEmpty = items?.length === 0 && !isFiltered;
  return (
    <>
      <div class="page-head">
        <h1 class="grow">Jobs</h1>
        {may("dead-letters:read") && !may("runners:read") ? (
          <LinkButton to="/fleet/dead-letters" kind="quiet">
            Dead letters
          </LinkButton>
        ) : null}
        {may("jobs:write") ? (
          <LinkButton to="/" kind={isEmpty ? "plain" : "primary"} icon="plus">
            Convert
          </LinkButton>
        ) : null}
      </div>
      <JobFilters />
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      {items?.length === 0 ? (
        <section class="panel">
          {isFiltered ? (
            <NothingFound search={value("search")} clear={clear} />
          ) : (
            <NothingYet canConvert={may("jobs:write")} />
          )}
        </section>
      ) : (
        <section class="panel job-list" aria-busy={isStale} aria-label="Jobs">
          <div class="job-row job-head" aria-hidden="true">
            <span>State</span>
            <span>Source</span>
            <span>Preset</span>
            <span>Progress</span>
            <span>Created</span>
          </div>
          {items === undefined ? (
            <div class="job-list-wait">
              <Skeleton lines={8} />
            </div>
          ) : (
            <ul>
              {items.map((job) => (
                <JobRow key={job.id} job={job} />
              ))}
            </ul>
          )}
        </section>
      )}
      <Pager {...paged} />
    </>
  );
}

function NothingYet({ canConvert }: { canConvert: boolean }) {
  if (!canConvert)
    return (
      <Empty icon="film" title="No jobs yet">
        <p>Your role may look at jobs, and not make any. Those of others will stand here.</p>
      </Empty>
    );
  return (
    <Empty icon="film" title="No jobs yet">
      <p>Drop a video anywhere on this page, and choose what to make of it.</p>
      <LinkButton to="/" kind="primary">
        Convert a video
      </LinkButton>
    </Empty>
  );
}

function NothingFound({ search, clear }: { search: string; clear: () => void }) {
  return (
    <Empty icon="search" title={search === "" ? "No job matches these filters" : `No job matches "${search}"`}>
      <p>Search takes part of a file's name, the id of a job or a source, or a tag: #holiday.</p>
      <Button onClick={clear}>Show all jobs</Button>
    </Empty>
  );
}
