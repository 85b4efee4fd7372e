import type { Command } from "commander";
import { z } from "zod";
import type { Client } from "../../client/client.ts";
import { eachItem } from "../../client/pages.ts";
import type { MissingBytes, UnknownBytes } from "../../contracts/storage-check.ts";
import { withoutControls } from "../../contracts/text.ts";
import { limits } from "../../limits.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { StorageDiffers, UsageError } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { formatBytes, formatTime } from "../terminal/units.ts";

const CheckOptions = z.object({
  region: RegionId.optional(),
  deleteUnknown: z.boolean().default(false),
  keepUnknown: z.boolean().default(false),
  afterDays: wholeNumber(0, 365),
});

const remedies = {
  missing:
    "What is gone can be made anew from its source, by a new job; `reelway delete` takes out what is not wanted any more.",
  unknown: "What no record knows goes with --delete-unknown; see docs/backup.md first where a database was put back.",
};

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
    .option("--delete-unknown", "have the bytes deleted that no record knows")
    .option("--keep-unknown", "take that back: what was to be deleted stays")
    .option(
      "--after-days <days>",
      "so many days later, unless a record knows them by then",
      String(limits.unknownBytesDays),
    )
    .action(async (_options: unknown, command: Command) => {
      const { region, deleteUnknown, keepUnknown, afterDays } = optionsOf(command, CheckOptions);
      if (deleteUnknown && keepUnknown) throw new UsageError("Give --delete-unknown or --keep-unknown, not both");
      const client = connect(cli, command);

      const { missing, objects } = await findMissing(client, signal);
      for (const item of missing) output.jsonLine({ found: "missing", ...item });
      if (missing.length > 0) output.line(renderTable(missingColumns, missing, output.out));

      const regions = region === undefined ? RegionId.options : [region];
      const found = await findUnknown(client, regions, signal);
      if (deleteUnknown)
        await eachHundred(found.filter(isKept), (of, roots) =>
          client.storage.deleteUnknown({ region: of, roots, afterDays }, signal),
        );
      if (keepUnknown)
        await eachHundred(
          found.filter((item) => !isKept(item)),
          (of, roots) => client.storage.keepUnknown({ region: of, roots }, signal),
        );
      const unknown = deleteUnknown || keepUnknown ? await findUnknown(client, regions, signal) : found;
      for (const item of unknown) output.jsonLine({ found: "unknown", ...item });
      if (unknown.length > 0) output.line(renderTable(unknownColumns, unknown, output.out));

      const kept = unknown.filter(isKept);
      const toBeDeleted = unknown.length - kept.length;
      output.jsonLine({ objects, missing: missing.length, unknown: unknown.length, toBeDeleted });
      output.line(`${objects} objects were looked for; ${missing.length} sources or results are not as they were.`);
      output.line(`${summaryOf(unknown)} no record knows; of these ${toBeDeleted} are to be deleted.`);
      if (missing.length + kept.length > 0)
        throw new StorageDiffers(
          [missing.length > 0 ? remedies.missing : [], kept.length > 0 ? remedies.unknown : []].flat().join(" "),
        );
    });
}

/** Nobody wants it deleted. */
const isKept = ({ deletedAt }: UnknownBytes) => deletedAt === null;

function summaryOf(unknown: readonly UnknownBytes[]): string {
  const bytes = unknown.reduce((sum, item) => sum + item.bytes, 0);
  return `${formatBytes(bytes)}${unknown.some(({ more }) => more) ? " or more" : ""} in ${unknown.length} places`;
}

async function findMissing(client: Client, signal: AbortSignal): Promise<{ missing: MissingBytes[]; objects: number }> {
  let objects = 0;
  const pages = eachItem(async (cursor) => {
    const page = await client.storage.missing(
      { limit: limits.pageSizeMax, ...(cursor === undefined ? {} : { cursor }) },
      signal,
    );
    objects += page.objects;
    return page;
  });
  // A stream of very many parts comes in several goes.
  const byRecord = new Map<string, MissingBytes>();
  for await (const item of pages) {
    const id = item.assetId ?? item.jobId ?? "";
    const before = byRecord.get(id);
    byRecord.set(id, before === undefined ? item : added(before, item));
  }
  return { missing: [...byRecord.values()], objects };
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

function added(one: MissingBytes, other: MissingBytes): MissingBytes {
  const names = [...one.names, ...other.names].slice(0, limits.missingNames);
  return { ...one, missing: one.missing + other.missing, changed: one.changed + other.changed, names };
}

/** As many at once as the API takes, region by region. */
async function eachHundred(
  unknown: readonly UnknownBytes[],
  act: (region: RegionId, roots: string[]) => Promise<unknown>,
): Promise<void> {
  for (const [region, own] of Map.groupBy(unknown, (item) => item.region))
    for (let start = 0; start < own.length; start += limits.pageSizeMax)
      await act(
        region,
        own.slice(start, start + limits.pageSizeMax).map(({ root }) => root),
      );
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
  { title: "TO BE DELETED", cell: ({ deletedAt }) => (deletedAt === null ? "" : formatTime(deletedAt)) },
];
