import { explain } from "../api/explain.ts";
import { Button } from "./button.tsx";
import { Codes } from "./codes.tsx";
import "./failure.css";
import { Icon } from "./icon.tsx";
import { Words } from "./words.tsx";

/** What went wrong, Reelway's code for it, and what to do next: `title` and `remedy` where the page knows better than the catalogue. */
export function Failure({
  error,
  onRetry,
  title: better,
  remedy,
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string | undefined;
  remedy?: string | undefined;
}) {
  const { title, detail, ...known } = explain(error);
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <div class="stack failure-text">
        <h3>{better ?? title}</h3>
        {better !== undefined || detail === title ? null : <p>{detail}</p>}
        <p class="soft">
          <Words text={remedy ?? known.remedy} />
        </p>
        <Codes error={error} />
      </div>
      {onRetry === undefined ? null : (
        <Button icon="repeat" small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
