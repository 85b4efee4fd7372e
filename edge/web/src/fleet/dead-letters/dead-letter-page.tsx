import type { DeadLetterDetail } from "@reelway/shared/contracts/dead-letter";
import { regions } from "@reelway/shared/regions";
import { useQuery } from "@tanstack/preact-query";
import { Link } from "wouter-preact";
import { usePresets } from "../../api/catalogues.ts";
import { client } from "../../api/client.ts";
import { errorPage, explainJobError } from "../../api/explain.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { useRecipeTitle } from "../../jobs/recipe-title.ts";
import { Failure } from "../../parts/failure.tsx";
import { idEnd } from "../../parts/id-end.ts";
import { Skeleton } from "../../parts/skeleton.tsx";
import { Time } from "../../parts/time.tsx";
import { Words } from "../../parts/words.tsx";
import { useSession } from "../../session/session.ts";
import "./dead-letter-page.css";
import { tenantName, useTenants } from "../use-tenants.ts";
import { LetterActions } from "./letter-actions.tsx";
import { letterName } from "./letter-name.ts";
import { OneAttempt } from "./one-attempt.tsx";

/** Why one job failed for good: its last error, and each attempt with the end of its log. */
export function DeadLetterPage({ id }: { id: string }) {
  usePageTitle("Dead letter");
  const { data, error, refetch } = useQuery({
    queryKey: ["dead-letters", "one", id],
    queryFn: ({ signal }) => client.deadLetters.get(id, signal),
  });
  // A name that came later would move what stands behind it.
  const { isPending: isNaming } = usePresets();
  return (
    <div class="stack-wide">
      <nav class="small" aria-label="Breadcrumb">
        <Link href="/fleet/dead-letters">Dead letters</Link>
      </nav>
      {error === null ? null : (
        <Failure
          error={error}
          onRetry={() => void refetch()}
          remedy="It may have been replayed meanwhile: then it is a job that runs, and no dead letter."
        />
      )}
      {data === undefined || isNaming ? error === null ? <Skeleton lines={6} /> : null : <Letter letter={data} />}
    </div>
  );
}

function Letter({ letter }: { letter: DeadLetterDetail }) {
  const { data: me } = useSession();
  const tenants = useTenants();
  const titleOf = useRecipeTitle();
  const why = letter.error && explainJobError(letter.error);
  return (
    <>
      <header class="stack">
        <div class="letter-title">
          <h2 class="letter-name">{letterName(letter)}</h2>
          <LetterActions letter={letter} />
        </div>
        <p class="strong">{why?.title ?? "It is not known why it failed"}</p>
        {why && why.detail !== why.title ? <p class="letter-detail">{why.detail}</p> : null}
        {why ? (
          <p class="soft">
            <Words text={why.remedy} />{" "}
            <a class="small" href={errorPage(why.code)} target="_blank" rel="noreferrer">
              <code>{why.code}</code>
            </a>
          </p>
        ) : null}
        <p class="small soft line">
          <span>
            {titleOf(letter)} in {regions[letter.region].name}, run {letter.run}
          </span>
          {letter.discardedAt === null ? null : <span>discarded</span>}
          {me?.tenantId === letter.tenantId ? (
            <Link href={`/jobs/${letter.id}`}>The job's page</Link>
          ) : (
            <span title={letter.tenantId}>
              of {tenantName(tenants, letter.tenantId, `tenant ${idEnd(letter.tenantId)}`)}
            </span>
          )}
          <span>failed {letter.finishedAt === null ? "" : <Time at={letter.finishedAt} />}</span>
        </p>
      </header>
      <section aria-labelledby="attempts">
        <div class="room-head">
          <h2 id="attempts">Attempts</h2>
        </div>
        {letter.attempts === null ? (
          <p class="panel soft">Nobody knows of them any more: queues forget after a week.</p>
        ) : letter.attempts.length === 0 ? (
          <p class="panel soft">There was none: no runner took it in time.</p>
        ) : (
          <ol class="stack">
            {letter.attempts.map((attempt) => (
              <OneAttempt key={`${attempt.attempt}/${attempt.endedAt}`} attempt={attempt} />
            ))}
          </ol>
        )}
      </section>
    </>
  );
}
