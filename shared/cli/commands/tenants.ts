import type { Command } from "commander";
import { withoutControls } from "../../contracts/text.ts";
import { type Cli, connect } from "../cli.ts";
import { optionsOf } from "../options.ts";
import { formatAge } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

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
          { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
        ],
        (query) => client.tenants.list(query, signal),
      );
    },
  );
}
