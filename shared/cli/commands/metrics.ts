import type { Command } from "commander";
import { type Cli, connect } from "../cli.ts";

export function addMetrics(program: Command, cli: Cli): void {
  program
    .command("metrics")
    .description("Print the control plane's metrics, in the text format of Prometheus.")
    .option("--name <prefix>", "only metrics whose names begin with this")
    .action(async ({ name = "" }: { name?: string }, command: Command) => {
      const text = await connect(cli, command).metrics.text(cli.signal);
      for (const line of text.split("\n")) {
        if (line === "" || !metricOf(line).startsWith(name)) continue;
        cli.output.line(line);
        const sample = sampleIn(line);
        if (sample) cli.output.jsonLine(sample);
      }
    });
}

/** The metric that a line of the text format is about, comments included. */
function metricOf(line: string): string {
  return /^(?:# (?:HELP|TYPE) )?([\w:]+)/.exec(line)?.[1] ?? "";
}

/** One series with its value; undefined for a comment. */
function sampleIn(line: string) {
  const [, name, inBraces = "", value] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const labels = [...inBraces.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", text = ""]) => [label, text]);
  return { name, labels: Object.fromEntries(labels), value: Number(value) };
}
