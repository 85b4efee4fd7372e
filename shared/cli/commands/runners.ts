import type { Command } from "commander";
import { z } from "zod";
import { Label } from "../../contracts/job.ts";
import type { Runner } from "../../contracts/runner.ts";
import { withoutControls } from "../../contracts/text.ts";
import { RunnerId } from "../../ids.ts";
import { RegionId } from "../../regions.ts";
import { deviceInWords, hostInWords, loadInShort } from "../../runners/load-in-words.ts";
import { type Cli, connect } from "../cli.ts";
import { checked, UsageError } from "../failures.ts";
import { optionsOf, repeated, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields } from "../terminal/table.ts";
import { formatAge, formatDuration, formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";
import { addJoin } from "./runner-join.ts";
import { addTokens } from "./runner-tokens.ts";

const TokenOptions = z.object({
  region: RegionId.optional(),
  label: z.array(Label).optional(),
  uses: wholeNumber(1, 1_000),
  minutes: wholeNumber(1, 43_200),
});

const SetOptions = z.object({
  name: z.string().min(1).max(100).optional(),
  label: z.array(Label).optional(),
  labels: z.boolean(),
  slots: z.union([z.literal("auto").transform(() => null), wholeNumber(1, 256)], "must be a number or auto").optional(),
});

export function addRunners(program: Command, cli: Cli): void {
  const runners = program.command("runners").description("See and manage the hosts that do the work.");
  const { output, signal } = cli;
  addTokens(runners, cli);

  withListOptions(runners.command("ls").description("List runners.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = runnerColumns(output.out, Date.now());
      await printList(output, optionsOf(command, ListOptions), columns, (query) => client.runners.list(query, signal));
    },
  );

  runners
    .command("show")
    .description("Show a runner, and what it can do.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printRunner(output, await connect(cli, command).runners.get(checked(RunnerId, id, id), signal));
    });

  runners
    .command("token")
    .description("Make a token that new runners register with. It is shown once.")
    .option("--region <id>", "only for runners of this region")
    .option("--label <label>", "its runners have this label, and none that a host names (again for more)", repeated)
    .option("--uses <count>", "how many runners may use it", "1")
    .option("--minutes <count>", "how long it holds", "60")
    .action(async (_options: unknown, command: Command) => {
      const { region, label: labels, uses, minutes } = optionsOf(command, TokenOptions);
      const token = await connect(cli, command).runners.createToken(
        {
          ...(region === undefined ? {} : { region }),
          ...(labels === undefined ? {} : { labels }),
          maxUses: uses,
          expiresInSeconds: minutes * 60,
        },
        signal,
      );
      output.jsonLine(token);
      if (token.token !== null) output.line(token.token);
      output.note(
        output.err.dim(`For ${token.maxUses} runner(s), until ${formatTime(token.expiresAt)}. Shown this once.`),
      );
    });

  addJoin(runners, cli);

  runners
    .command("set")
    .description("Change a runner while it works: its name, its labels, how many tasks it works on at once.")
    .argument("<id>")
    .option("--name <name>", "what people see it as")
    .option("--label <label>", "all the labels that it is to have (again for more)", repeated)
    .option("--no-labels", "none")
    .option("--slots <count>", "tasks at once, as far as its host allows; `auto` leaves it to the host")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { name, label, labels: keeps, slots } = optionsOf(command, SetOptions);
      const labels = keeps ? label : [];
      const changes = { ...(name && { name }), ...(labels && { labels }), ...(slots !== undefined && { slots }) };
      if (Object.keys(changes).length === 0)
        throw new UsageError("Nothing to change", { remedy: "Give --name, --label, --no-labels or --slots." });
      const runner = await connect(cli, command).runners.update(checked(RunnerId, id, id), changes, signal);
      output.jsonLine(runner);
      const told = runner.slotsWanted === null ? "as its host says" : `${runner.slotsWanted} at once`;
      output.line(`${id}  ${withoutControls(runner.name)}  ${withoutControls(runner.labels.join(" "))}  ${told}`);
    });

  runners
    .command("drain")
    .description("Have a runner end what it works on and take nothing new, until it is resumed.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const runner = await connect(cli, command).runners.drain(checked(RunnerId, id, id), signal);
      output.jsonLine(runner);
      output.line(`${id}  ${runner.state}, ${runner.activeTasks} running`);
    });

  runners
    .command("resume")
    .description("Let a drained runner take work again.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const runner = await connect(cli, command).runners.resume(checked(RunnerId, id, id), signal);
      output.jsonLine(runner);
      output.line(`${id}  ${runner.state}`);
    });

  runners
    .command("revoke")
    .description("Take a runner's credential away; its tasks go to others.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      await connect(cli, command).runners.revoke(checked(RunnerId, id, id), signal);
      output.jsonLine({ id, revoked: true });
      output.line(`${id}  revoked`);
    });
}

function printRunner(output: Output, runner: Runner): void {
  output.jsonLine(runner);
  output.line(
    renderFields(
      [
        ["runner", runner.id],
        ["name", withoutControls(runner.name)],
        ["state", paintRunnerState(runner.state, output.out)],
        ["region", runner.region],
        ["busy", `${runner.activeTasks} of ${runner.slots}`],
        ...(runner.holdBackSeconds > 0 ? [["holds back", holdBackText(runner)] as const] : []),
        ["load", runner.load === null ? "unknown" : hostInWords(runner.load)],
        ...(runner.load?.devices ?? []).map((device) => ["", deviceInWords(device)] as const),
        ["version", withoutControls(runner.version)],
        ["labels", withoutControls(runner.labels.join(" "))],
        ["can do", withoutControls(runner.capabilities.join(" "))],
        ["sandbox", runner.sandbox ?? "unknown"],
        ["created", formatTime(runner.createdAt)],
        ["seen", runner.lastSeenAt === null ? "never" : formatTime(runner.lastSeenAt)],
        ["last failure", runner.lastFailure === null ? "none" : failureText(runner.lastFailure)],
      ],
      output.out,
    ),
  );
}

function holdBackText({ holdBackSeconds }: Runner): string {
  return `takes what has waited for ${formatDuration(holdBackSeconds * 1_000)}`;
}

function failureText({ at, code }: NonNullable<Runner["lastFailure"]>): string {
  return `${code}, ${formatTime(at)}`;
}

function runnerColumns(style: Style, now: number): Column<Runner>[] {
  return [
    { title: "RUNNER", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
    { title: "STATE", cell: ({ state }) => paintRunnerState(state, style) },
    { title: "REGION", cell: ({ region }) => region },
    { title: "BUSY", cell: ({ activeTasks, slots }) => `${activeTasks}/${slots}`, align: "right" },
    {
      title: "SEEN",
      cell: ({ lastSeenAt }) => (lastSeenAt === null ? "never" : formatAge(lastSeenAt, now)),
      align: "right",
    },
    { title: "LOAD", cell: ({ load }) => (load === null ? "" : loadInShort(load).join("; ")) },
    { title: "VERSION", cell: ({ version }) => withoutControls(version) },
    { title: "LABELS", cell: ({ labels }) => withoutControls(labels.join(" ")) },
  ];
}

function paintRunnerState(state: Runner["state"], style: Style): string {
  if (state === "online") return style.green(state);
  return state === "proving" || state === "draining" || state === "unknown" ? style.yellow(state) : style.dim(state);
}
