import { eachItem } from "@reelway/shared/client/pages";
import type { AuditQuery } from "@reelway/shared/contracts/audit";
import { counted } from "@reelway/shared/counted";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { saveText } from "./save-text.ts";

/** What a page can hold and a person read; the bucket has all of it (docs/identity.md). */
const most = 20_000;
const fileName = "audit.jsonl";

/** The lines that the filters let through, as JSON lines, newest first. */
export function ExportButton({ query }: { query: AuditQuery }) {
  const [count, setCount] = useState<number | null>(null);
  const save = async () => {
    setCount(0);
    try {
      const lines: string[] = [];
      const read = (cursor: string | undefined) =>
        client.audit.list({ ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      for await (const record of eachItem(read, most)) {
        lines.push(`${JSON.stringify(record)}\n`);
        if (lines.length % 100 === 0) setCount(lines.length);
      }
      saveText(fileName, "application/jsonl", lines);
      tell(savedInWords(lines.length), fileName);
    } catch (error) {
      tellFailure(`${fileName} is not saved`, error, fileName);
    }
    setCount(null);
  };
  return (
    <Button icon="download" busy={count !== null} onClick={() => void save()}>
      {count ? `${count} lines` : "Export"}
    </Button>
  );
}

function savedInWords(count: number): string {
  if (count === most) return `${fileName} saved, the newest ${most} lines: filter for older ones.`;
  return `${fileName} saved, ${counted(count, "line")}.`;
}
