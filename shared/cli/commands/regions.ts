import type { Command } from "commander";
import type { RegionReport } from "../../contracts/region.ts";
import { withoutControls } from "../../contracts/text.ts";
import { type Cli, connect } from "../cli.ts";
import type { Column } from "../terminal/table.ts";
import { printTable } from "./list.ts";

/** For those who may see the fleet. */
const queueColumns: Column<RegionReport>[] = [
  {
    title: "WAITING",
    cell: ({ queue }) => (queue === null ? "?" : String(queue.ready + queue.delayed)),
    align: "right",
  },
  { title: "RUNNING", cell: ({ queue }) => (queue === null ? "?" : String(queue.leased)), align: "right" },
  { title: "DEAD", cell: ({ queue }) => (queue === null ? "?" : String(queue.dead)), align: "right" },
];

export function addRegions(program: Command, cli: Cli): void {
  program
    .command("regions")
    .description("List the regions that files can be kept and converted in.")
    .action(async (_options: unknown, command: Command) => {
      const { items } = await connect(cli, command).regions.list(cli.signal);
      for (const region of items) cli.output.jsonLine(region);
      printTable(
        cli.output,
        [
          { title: "REGION", cell: ({ id }) => cli.output.out.bold(id) },
          { title: "NAME", cell: ({ name }) => withoutControls(name) },
          ...(items.some(({ queue }) => queue !== null) ? queueColumns : []),
        ],
        items,
      );
    });
}
