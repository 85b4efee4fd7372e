import { errorPage, explain } from "../api/explain.ts";
import "./codes.css";

/** What people who report an error are asked for, folded: its code, and the request that it answered. */
export function Codes({ error }: { error: unknown }) {
  const { code, requestId } = explain(error);
  return (
    <details class="codes small soft">
      <summary>Details</summary>
      <p>
        <a href={errorPage(code)} target="_blank" rel="noreferrer">
          <code>{code}</code>
        </a>
        {requestId === null ? null : ` · request ${requestId}`}
      </p>
    </details>
  );
}
