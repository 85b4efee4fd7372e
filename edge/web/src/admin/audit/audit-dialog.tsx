import type { AuditRecord } from "@reelway/shared/contracts/audit";
import { Code } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Fact } from "../../parts/fact.tsx";
import { fullTime } from "../../parts/units.ts";
import "./audit.css";
import { actorNames, placeOf } from "./audit-words.ts";

/** One line: who did what to what, and the line as it is stored, with what was asked for. */
export function AuditDialog({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const { action, sequence, at, actor, actorId, resource, requestId } = record;
  return (
    <Dialog title={`${action}, line ${sequence}`} onClose={onClose}>
      <dl class="audit-facts">
        <Fact name="When">{fullTime(at)}</Fact>
        <Fact name="Who">
          {actorNames[actor]} {actorId === null ? null : <code class="small soft">{actorId}</code>}
        </Fact>
        <Fact name="What">{action}</Fact>
        <Fact name="Of">{resource === null ? "–" : <code class="small">{resource}</code>}</Fact>
        <Fact name="From">{placeOf(record) || "–"}</Fact>
        <Fact name="Request">{requestId === null ? "–" : <code class="small">{requestId}</code>}</Fact>
      </dl>
      <details class="audit-line">
        <summary>As it is stored</summary>
        <Code text={JSON.stringify(record, null, 2)} label="The line" tall />
      </details>
    </Dialog>
  );
}
