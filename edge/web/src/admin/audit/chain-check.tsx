import type { AuditVerification } from "@reelway/shared/contracts/audit";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { tellFailure } from "../../parts/toast.tsx";

interface Standing {
  readonly kind: "unknown" | "under way" | "intact" | "broken";
  /** Recomputed so far. */
  readonly rows: number;
  readonly broken: AuditVerification["broken"];
}
const unknown: Standing = { kind: "unknown", rows: 0, broken: null };

/** Recomputes the hash chain over the whole installation's log, stretch by stretch. */
export function ChainCheck() {
  const [standing, setStanding] = useState(unknown);
  const check = async () => {
    try {
      let rows = 0;
      let after = 0;
      for (;;) {
        setStanding({ kind: "under way", rows, broken: null });
        const stretch = await client.audit.verify(after);
        rows += stretch.rows;
        after = stretch.verifiedTo;
        if (stretch.intact && stretch.more) continue;
        return setStanding({ kind: stretch.intact ? "intact" : "broken", rows, broken: stretch.broken });
      }
    } catch (error) {
      setStanding(unknown);
      tellFailure("The chain was not checked", error);
    }
  };
  return (
    <>
      <span role="status" class="audit-status">
        <Outcome standing={standing} />
      </span>
      <Button icon="check" busy={standing.kind === "under way"} onClick={() => void check()}>
        Check the chain
      </Button>
    </>
  );
}

function Outcome({ standing: { kind, rows, broken } }: { standing: Standing }) {
  if (kind === "unknown") return null;
  if (kind === "under way") return <Badge tone="neutral">{rows} lines recomputed</Badge>;
  if (kind === "intact") return <Badge tone="good">Intact: {rows} sealed lines</Badge>;
  return (
    <Badge tone="bad">
      Broken{broken === null ? "" : ` at line ${broken.sequence}: ${broken.reason.replace("_", " ")}`}
    </Badge>
  );
}
