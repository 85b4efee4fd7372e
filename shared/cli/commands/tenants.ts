import type { Command } from "commander";
import { z } from "zod";
import type { Tenant } from "../../contracts/tenant.ts";
import { withoutControls } from "../../contracts/text.ts";
import { TenantId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { budgetWords } from "../budget-words.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import { formatAge } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const Days = z.union([z.literal("never").transform(() => null), wholeNumber(1, 36_500)]);
/** "none" takes a limit away. */
const limit = (least: number) =>
  z.union([z.literal("none").transform(() => null), wholeNumber(least, Number.MAX_SAFE_INTEGER)]);
const UpdateOptions = z.object({
  name: z.string().optional(),
  regions: z
    .union([
      z.literal("all").transform(() => null),
      z
        .string()
        .transform((text) => text.split(",").map((region) => region.trim()))
        .pipe(z.array(RegionId).min(1)),
    ])
    .optional(),
  sourceDays: Days.optional(),
  outputDays: Days.optional(),
  maxRunning: limit(1).optional(),
  jobsPerDay: limit(0).optional(),
  minutesPerDay: limit(0).optional(),
  bytesPerDay: limit(0).optional(),
});

export function addTenants(program: Command, cli: Cli): void {
  const tenants = program.command("tenants").description("Manage tenants; platform admins only.");
  const { output, signal } = cli;

  tenants
    .command("create")
    .description("Make a tenant and print its id; `keys create --tenant` makes its first key.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const tenant = await connect(cli, command).tenants.create({ name }, signal);
      output.jsonLine(tenant);
      output.line(tenant.id);
    });

  tenants
    .command("show")
    .description("Show a tenant; without an id, one's own.")
    .argument("[id]")
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { tenants: api } = connect(cli, command);
      const tenant = id === undefined ? await api.own(signal) : await api.get(checked(TenantId, id, id), signal);
      printTenant(output, tenant);
    });

  tenants
    .command("update")
    .description("Change a tenant's name, where its work may be, how long its files are kept, and its limits.")
    .argument("<id>")
    .option("--name <name>")
    .option("--regions <ids>", 'the only ones it may use, with commas between; "all" for every one')
    .option("--source-days <count>", 'sources are deleted after so many days; "never" to keep them')
    .option("--output-days <count>", "the same for outputs")
    .option("--max-running <count>", 'tasks at once in each region, all its jobs together; "none" for no limit')
    .option("--jobs-per-day <count>", 'its budget of a day by UTC: jobs; "none" for no limit')
    .option("--minutes-per-day <count>", "the same, of minutes that runners work")
    .option("--bytes-per-day <count>", "the same, of sources that come in and outputs that are made")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { name, regions, sourceDays, outputDays, maxRunning, ...budget } = optionsOf(command, UpdateOptions);
      const update = {
        ...(name === undefined ? {} : { name }),
        ...(regions === undefined ? {} : { allowedRegions: regions }),
        ...(sourceDays === undefined ? {} : { sourceRetentionDays: sourceDays }),
        ...(outputDays === undefined ? {} : { outputRetentionDays: outputDays }),
        ...(maxRunning === undefined ? {} : { maxRunning }),
        ...budgetUpdate(budget),
      };
      printTenant(output, await connect(cli, command).tenants.update(checked(TenantId, id, id), update, signal));
    });

  withListOptions(tenants.command("ls").description("List tenants.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const now = Date.now();
      await printList(
        output,
        optionsOf(command, ListOptions),
        [
          { title: "TENANT", cell: ({ id }) => id },
          { title: "NAME", cell: ({ name }) => withoutControls(name) },
          { title: "PLATFORM", cell: ({ platform }) => (platform ? "yes" : "") },
          { title: "REGIONS", cell: ({ allowedRegions }) => allowedRegions?.join(" ") ?? "all" },
          { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
        ],
        (query) => client.tenants.list(query, signal),
      );
    },
  );
}

function budgetUpdate(wanted: Pick<z.output<typeof UpdateOptions>, "jobsPerDay" | "minutesPerDay" | "bytesPerDay">) {
  const { jobsPerDay, minutesPerDay, bytesPerDay } = wanted;
  const budget = {
    ...(jobsPerDay === undefined ? {} : { jobsPerDay }),
    ...(minutesPerDay === undefined ? {} : { workMinutesPerDay: minutesPerDay }),
    ...(bytesPerDay === undefined ? {} : { bytesPerDay }),
  };
  return Object.keys(budget).length === 0 ? {} : { budget };
}

function printTenant(output: Output, tenant: Tenant): void {
  const days = (count: number | null) => (count === null ? "for ever" : `${count} days`);
  output.jsonLine(tenant);
  output.line(`${tenant.id}  ${withoutControls(tenant.name)}${tenant.platform ? "  (platform)" : ""}`);
  output.line(`regions  ${tenant.allowedRegions?.join(" ") ?? "all"}`);
  output.line(`sources  ${days(tenant.sourceRetentionDays)}`);
  output.line(`outputs  ${days(tenant.outputRetentionDays)}`);
  output.line(`at once  ${tenant.maxRunning === null ? "no limit" : `${tenant.maxRunning} in each region`}`);
  output.line(`a day    ${budgetWords(tenant.budget)}`);
}
