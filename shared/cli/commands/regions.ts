import type { Command } from "commander";
import { z } from "zod";
import type { RegionReport } from "../../contracts/region.ts";
import { withoutControls } from "../../contracts/text.ts";
import { RegionId } from "../../regions.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Style } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { formatAge } from "../terminal/units.ts";
import { printTable } from "./list.ts";

const DrainOptions = z.object({ reason: z.string() });

export function addRegions(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  const regions = program
    .command("regions")
    .description("See and steer the places where files are kept and converted.");

  regions
    .command("ls", { isDefault: true })
    .description("List the regions: the states, and what they do for those who run them.")
    .action(async (_options: unknown, command: Command) => {
      const { items } = await connect(cli, command).regions.list(signal);
      for (const region of items) output.jsonLine(region);
      const seesFleet = items.some(({ operation }) => operation !== null);
      printTable(output, [...columns(output.out), ...(seesFleet ? fleetColumns(Date.now()) : [])], items);
    });

  regions
    .command("drain")
    .description("Take a region out of use: nothing new goes there, and what waits there leaves.")
    .argument("<region>")
    .requiredOption("--reason <text>", "why, for those who wonder")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { reason } = optionsOf(command, DrainOptions);
      const region = await connect(cli, command).regions.drain(checked(RegionId, id, id), { reason }, signal);
      output.jsonLine(region);
      const { queue } = region;
      output.line(`${id}  drained${queue ? `, ${queue.ready + queue.delayed} waiting, ${queue.leased} running` : ""}`);
    });

  regions
    .command("resume")
    .description("Put a drained region into use again.")
    .argument("<region>")
    .action(async (id: string, _options: unknown, command: Command) => {
      output.jsonLine(await connect(cli, command).regions.resume(checked(RegionId, id, id), signal));
      output.line(`${id}  resumed`);
    });
}

function columns(style: Style): Column<RegionReport>[] {
  return [
    { title: "REGION", cell: ({ id }) => style.bold(id) },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "STATE", cell: ({ state }) => (state === "serving" ? style.green(state) : style.yellow(state)) },
  ];
}

/** For those who may see the fleet; `?` while the region's queue is away. */
function fleetColumns(now: number): Column<RegionReport>[] {
  const inQueue = (count: (queue: NonNullable<RegionReport["queue"]>) => number) => (region: RegionReport) =>
    region.queue === null ? "?" : String(count(region.queue));
  return [
    { title: "RUNNERS", cell: ({ operation }) => String(operation?.liveRunners ?? "?"), align: "right" },
    { title: "WAITING", cell: inQueue(({ ready, delayed }) => ready + delayed), align: "right" },
    {
      title: "OLDEST",
      cell: ({ queue }) => (queue?.oldestReadyAt == null ? "" : formatAge(queue.oldestReadyAt, now)),
      align: "right",
    },
    { title: "RUNNING", cell: inQueue(({ leased }) => leased), align: "right" },
    { title: "DEAD", cell: inQueue(({ dead }) => dead), align: "right" },
    { title: "DONE/H", cell: ({ operation }) => String(operation?.lastHour.succeeded ?? ""), align: "right" },
    { title: "FAILED/H", cell: ({ operation }) => String(operation?.lastHour.failed ?? ""), align: "right" },
    { title: "WHY", cell: ({ operation }) => withoutControls(operation?.drainReason ?? "") },
  ];
}
