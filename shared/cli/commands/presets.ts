import type { Command } from "commander";
import { withoutControls } from "../../contracts/text.ts";
import { type Cli, connect } from "../cli.ts";
import { renderFields } from "../terminal/table.ts";
import { printTable } from "./list.ts";

export function addPresets(program: Command, cli: Cli): void {
  const presets = program.command("presets").description("See what can be made.");
  const { output, signal } = cli;

  presets
    .command("ls")
    .description("List the presets.")
    .action(async (_options: unknown, command: Command) => {
      const { items } = await connect(cli, command).presets.list(signal);
      for (const preset of items) output.jsonLine(preset);
      printTable(
        output,
        [
          { title: "PRESET", cell: ({ name }) => output.out.bold(withoutControls(name)) },
          { title: "MAKES", cell: ({ title }) => withoutControls(title) },
          { title: "FOR", cell: ({ description }) => output.out.dim(withoutControls(description)) },
        ],
        items,
      );
    });

  presets
    .command("show")
    .description("Show one preset with its full spec, to change it with --set or to start a --spec file from.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const preset = await connect(cli, command).presets.get(name, signal);
      output.jsonLine(preset);
      output.line(
        renderFields(
          [
            ["preset", `${withoutControls(preset.name)}@${preset.version}`],
            ["makes", withoutControls(preset.title)],
            ["for", withoutControls(preset.description)],
          ],
          output.out,
        ),
      );
      output.line(`\n${JSON.stringify(preset.spec, null, 2)}`);
    });
}
