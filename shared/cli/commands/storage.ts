import type { Command } from "commander";
import { z } from "zod";
import type { Client } from "../../client/client.ts";
import { eachItem } from "../../client/pages.ts";
import type { MissingBytes, UnknownBytes } from "../../contracts/storage-check.ts";
import { withoutControls } from "../../contracts/text.ts";
import { limits } from "../../limits.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { StorageDiffers } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { formatBytes, formatTime } from "../terminal/units.ts";

const CheckOptions = z.object({
  region: RegionId.optional(),
  deleteUnknown: z.boolean().default(false),
  olderThan: wholeNumber(0, 100_000),
});

const remedyForMissing =
  "What is gone can be made anew from its source, by a new job; `reelway delete` takes out what is not wanted any more.";
const remedyForUnknown = "--delete-unknown deletes what no record knows.";

export function addStorage(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  program
    .command("storage")
    .description("Hold the buckets against the records.")
    .command("check")
    .description(
      "Find sources and results whose bytes are gone or changed, and bytes that no record knows; platform admins and operators only.",
    )
    .option("--region <region>", `look for unknown bytes there alone: ${RegionId.options.join(", ")}`)
    .option("--delete-unknown", "delete the bytes that no record knows")
    .option("--older-than <hours>", "but for those that are younger", String(limits.unknownBytesHours))
    .action(async (_options: unknown, command: Command) => {
      const { region, deleteUnknown, olderThan } = optionsOf(command, CheckOptions);
      const client = connect(cli, command);

      const { missing, objects } = await findMissing(client, signal);
      for (const item of missing) output.jsonLine({ found: "missing", ...item });
      if (missing.length > 0) output.line(renderTable(missingColumns, missing, output.out));

      const unknown = await findUnknown(client, region === undefined ? RegionId.options : [region], signal);
      for (const item of unknown) output.jsonLine({ found: "unknown", ...item });
      if (unknown.length > 0) output.line(renderTable(unknownColumns, unknown, output.out));

      const deleted = deleteUnknown ? await deleteAll(client, unknown, olderThan, signal) : 0;
      output.jsonLine({ objects, missing: missing.length, unknown: unknown.length, deleted });
      const bytes = unknown.reduce((sum, item) => sum + item.bytes, 0);
      const more = unknown.some((item) => item.more) ? " at least" : "";
      output.line(`${objects} objects were looked for; ${missing.length} sources or results are not as they were.`);
      output.line(
        `${unknown.length} places hold bytes that no record knows,${more} ${formatBytes(bytes)}${fate(unknown.length, deleted)}.`,
      );
      if (missing.length > 0 || unknown.length > deleted)
        throw new StorageDiffers(missing.length > 0 ? remedyForMissing : remedyForUnknown);
    });
}

function fate(unknown: number, deleted: number): string {
  if (unknown === 0 || deleted === 0) return "";
  return deleted === unknown
    ? "; they are deleted within minutes"
    : `; ${deleted} are deleted within minutes, the others are too young or known by now`;
}

async function findMissing(client: Client, signal: AbortSignal): Promise<{ missing: MissingBytes[]; objects: number }> {
  const missing: MissingBytes[] = [];
  let objects = 0;
  const pages = eachItem(async (cursor) => {
    const page = await client.storage.missing(
      { limit: limits.pageSizeMax, ...(cursor === undefined ? {} : { cursor }) },
      signal,
    );
    objects += page.objects;
    return page;
  });
  for await (const item of pages) missing.push(item);
  return { missing, objects };
}

async function findUnknown(client: Client, regions: readonly RegionId[], signal: AbortSignal): Promise<UnknownBytes[]> {
  const unknown: UnknownBytes[] = [];
  for (const region of regions) {
    const pages = eachItem((cursor) =>
      client.storage.unknown(
        { region, limit: limits.pageSizeMax, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      ),
    );
    for await (const item of pages) unknown.push(item);
  }
  return unknown;
}

/** How many of them are deleted: what a record knows by now is not, nor what is young. */
async function deleteAll(
  client: Client,
  unknown: readonly UnknownBytes[],
  olderThanHours: number,
  signal: AbortSignal,
): Promise<number> {
  let deleted = 0;
  for (const [region, own] of Map.groupBy(unknown, (item) => item.region))
    for (let start = 0; start < own.length; start += limits.pageSizeMax) {
      const roots = own.slice(start, start + limits.pageSizeMax).map(({ root }) => root);
      deleted += (await client.storage.deleteUnknown({ region, roots, olderThanHours }, signal)).roots.length;
    }
  return deleted;
}

const missingColumns: Column<MissingBytes>[] = [
  { title: "LACKS BYTES", cell: ({ assetId, jobId }) => assetId ?? jobId ?? "" },
  { title: "TENANT", cell: ({ tenantId }) => tenantId },
  { title: "REGION", cell: ({ region }) => region },
  { title: "GONE", cell: ({ missing }) => String(missing), align: "right" },
  { title: "CHANGED", cell: ({ changed }) => String(changed), align: "right" },
  { title: "SUCH AS", cell: ({ names }) => withoutControls(names.slice(0, 2).join(", ")) },
];

const unknownColumns: Column<UnknownBytes>[] = [
  { title: "KNOWN TO NOBODY", cell: ({ root }) => root },
  { title: "REGION", cell: ({ region }) => region },
  { title: "OBJECTS", cell: ({ objects, more }) => `${objects}${more ? "+" : ""}`, align: "right" },
  { title: "BYTES", cell: ({ bytes }) => formatBytes(bytes), align: "right" },
  { title: "WRITTEN", cell: ({ uploadedAt }) => formatTime(uploadedAt) },
];
