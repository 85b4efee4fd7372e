import type { Runner } from "@reelway/shared/contracts/runner";
import { useQuery } from "@tanstack/preact-query";
import { Link } from "wouter-preact";
import { client } from "../../api/client.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { Failure } from "../../parts/failure.tsx";
import { Skeleton } from "../../parts/skeleton.tsx";
import { LookOnly } from "../look-only.tsx";
import { refreshMs, useBreakers } from "../use-fleet.ts";
import { RunnerActions } from "./runner-actions.tsx";
import { RunnerFacts } from "./runner-facts.tsx";
import "./runner-page.css";
import { RunnerPause } from "./runner-pause.tsx";
import { RunnerBadge, shownRunner, usePauseOf } from "./runner-state.tsx";
import { RunnerTasks } from "./runner-tasks.tsx";

/** One host: what it is, what it works on, and how it failed last. */
export function RunnerPage({ id }: { id: string }) {
  const runner = useQuery({
    queryKey: ["runners", "one", id],
    queryFn: ({ signal }) => client.runners.get(id, signal),
    refetchInterval: refreshMs,
  });
  const tasks = useQuery({
    queryKey: ["runners", "tasks", id],
    queryFn: ({ signal }) => client.runners.tasks(id, signal),
    refetchInterval: refreshMs,
  });
  usePageTitle(runner.data === undefined ? "Runner" : `Runner ${runner.data.name}`);
  const error = runner.error ?? tasks.error;
  const { isLoading } = useBreakers();
  // All at once: what comes later would push the rest down.
  const isKnown = runner.data !== undefined && tasks.data !== undefined && !isLoading;
  return (
    <div class="stack-wide">
      <nav class="small" aria-label="Breadcrumb">
        <Link href="/fleet">Fleet</Link>
      </nav>
      {error === null ? null : (
        <Failure error={error} onRetry={() => void Promise.all([runner.refetch(), tasks.refetch()])} />
      )}
      {isKnown ? (
        <>
          <RunnerHead runner={runner.data} />
          <LookOnly />
          <RunnerTasks {...tasks.data} />
          <RunnerFacts runner={runner.data} />
        </>
      ) : error === null ? (
        <Skeleton lines={8} />
      ) : null}
    </div>
  );
}

function RunnerHead({ runner }: { runner: Runner }) {
  const pause = usePauseOf()(runner.id);
  return (
    <header class="stack">
      <div class="runner-title">
        <h2 class="cut">{runner.name}</h2>
        <RunnerBadge runner={runner} />
        <div class="runner-actions">
          <RunnerActions runner={runner} whole />
        </div>
      </div>
      <p class="soft">{shownRunner(runner, pause).why}</p>
      {pause ? <RunnerPause pause={pause} /> : null}
    </header>
  );
}
