import { formatBytes, formatClock, formatShare } from "@reelway/shared/cli/terminal/units";
import { errorPage, explain } from "../api/explain.ts";
import { useRecipeTitle } from "../jobs/recipe-title.ts";
import { Button, LinkButton } from "../parts/button.tsx";
import { Progress } from "../parts/progress.tsx";
import { Words } from "../parts/words.tsx";
import type { Item, Standing } from "../upload/item.ts";
import { pause, remove, resume } from "../upload/uploads.ts";
import "./item-row.css";
import { ChooseAgain } from "./choose-again.tsx";
import { JobWord } from "./job-word.tsx";
import { isAtHand } from "./start-words.ts";

/** One source: how far it is, and what can be done with it. */
export function ItemRow({ item }: { item: Item }) {
  const standing = item.standing.value;
  const titleOf = useRecipeTitle();
  const sent = "sent" in standing ? standing.sent : null;
  const percent = sent !== null && item.bytes ? (100 * sent) / item.bytes : null;
  return (
    <li class="item-row">
      <div class="item-name">
        <p class="item-heading">
          <span class="cut" title={item.name}>
            {item.name}
          </span>
          {item.order === null ? null : <span class="small soft">→ {titleOf(item.order.recipe)}</span>}
        </p>
        <Word item={item} standing={standing} />
      </div>
      {percent === null ? null : (
        <div class="item-progress">
          <Progress
            percent={percent}
            label={`Upload of ${item.name}`}
            tone={standing.kind === "uploading" ? "accent" : "still"}
          />
        </div>
      )}
      <div class="item-actions">
        <Actions item={item} standing={standing} />
        {standing.kind === "ordering" ? null : (
          <Button kind="quiet" icon="close" label={`Remove ${item.name}`} small onClick={() => remove(item)} />
        )}
      </div>
    </li>
  );
}

function Word({ item, standing }: { item: Item; standing: Standing }) {
  const size = item.bytes === null ? "fetched by a runner" : formatBytes(item.bytes);
  switch (standing.kind) {
    case "chosen":
      return <p class="small soft">{size}</p>;
    case "waiting":
      return <p class="small soft">{size} · waits for its turn</p>;
    case "uploading":
      return (
        <p class="small soft">
          {shareOf(item, standing)}
          {standing.perSecond ? ` · ${formatBytes(standing.perSecond)}/s${leftOf(item, standing)}` : ""}
        </p>
      );
    case "paused":
      return <p class="small soft">Paused at {shareOf(item, standing)}</p>;
    case "offline":
      return (
        <p class="small item-warn">
          {shareOf(item, standing)} · The connection is gone: it goes on by itself when it is back.
        </p>
      );
    case "interrupted":
      return (
        <p class="small item-warn">
          {standing.problem ??
            `Its upload was interrupted${standing.sent > 0 ? ` at ${shareOf(item, standing)}` : ""}. ${isAtHand(item) ? "Resume" : "Choose the same file again"} to go on.`}
        </p>
      );
    case "ordering":
      return <p class="small soft">Making the job</p>;
    case "done":
      return <JobWord jobId={standing.jobId} />;
    case "failed":
      return <Why error={standing.error} />;
  }
}

function Why({ error }: { error: unknown }) {
  const { code, detail, remedy } = explain(error);
  return (
    <p class="small item-bad">
      {detail} <Words text={remedy} />{" "}
      <a href={errorPage(code)} target="_blank" rel="noreferrer">
        {code}
      </a>
    </p>
  );
}

function Actions({ item, standing }: { item: Item; standing: Standing }) {
  switch (standing.kind) {
    case "uploading":
    case "offline":
      return (
        <Button icon="pause" small onClick={() => pause(item)}>
          Pause
        </Button>
      );
    case "paused":
      return (
        <Button icon="play" small onClick={() => resume(item)}>
          Resume
        </Button>
      );
    case "failed":
      return (
        <Button icon="repeat" small onClick={() => resume(item)}>
          Try again
        </Button>
      );
    case "interrupted":
      return <ChooseAgain item={item} />;
    case "done":
      return (
        <LinkButton to={`/jobs/${standing.jobId}`} small>
          See the job
        </LinkButton>
      );
    default:
      return null;
  }
}

/** "16.8 of 83.9 MB" */
function shareOf({ bytes }: Item, { sent }: { sent: number }): string {
  return formatShare(sent, bytes ?? sent).replace("/", " of ");
}

/** Nothing where it is over before it is read. */
function leftOf({ bytes }: Item, { sent, perSecond }: Extract<Standing, { kind: "uploading" }>): string {
  const seconds = bytes === null || !perSecond ? 0 : (bytes - sent) / perSecond;
  return seconds < 1 ? "" : ` · ${formatClock(seconds)} left`;
}
