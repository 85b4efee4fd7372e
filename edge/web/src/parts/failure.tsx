import { errorPage, explain } from "../api/explain.ts";
import { Button } from "./button.tsx";
import "./failure.css";
import { Icon } from "./icon.tsx";
import { Words } from "./words.tsx";

/** What went wrong, Reelway's code for it, and what to do next: `remedy` where the page knows better than the catalogue. */
export function Failure({
  error,
  onRetry,
  remedy,
}: {
  error: unknown;
  onRetry?: () => void;
  remedy?: string | undefined;
}) {
  const { code, title, detail, requestId, ...known } = explain(error);
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <div class="stack failure-text">
        <h3>{title}</h3>
        {detail === title ? null : <p>{detail}</p>}
        <p class="soft">
          <Words text={remedy ?? known.remedy} />
        </p>
        <p class="small soft line">
          <a href={errorPage(code)} target="_blank" rel="noreferrer">
            <code>{code}</code>
          </a>
          {requestId === null ? null : <span>request {requestId}</span>}
        </p>
      </div>
      {onRetry === undefined ? null : (
        <Button icon="repeat" small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
