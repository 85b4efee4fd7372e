import type { AuditRecord } from "@reelway/shared/contracts/audit";
import { Code } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";

/** One line as it is stored, with what was asked for. */
export function AuditDialog({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  return (
    <Dialog title={`${record.action}, line ${record.sequence}`} onClose={onClose}>
      <Code text={JSON.stringify(record, null, 2)} label="The line" tall />
    </Dialog>
  );
}
