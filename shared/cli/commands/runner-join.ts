import type { Command } from "commander";
import { z } from "zod";
import { Label } from "../../contracts/job.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";
import { RegionId } from "../../regions.ts";
import { hostHardware, joinGuide, joinLine, joinMeans, joinNeeds, localImage } from "../../runners/join-lines.ts";
import { addressOf, type Cli, connect } from "../cli.ts";
import { optionsOf, repeated, wholeNumber } from "../options.ts";
import { formatTime } from "../terminal/units.ts";

const JoinOptions = z.object({
  region: RegionId,
  by: z.enum(joinMeans, `must be one of ${joinMeans.join(", ")}`),
  hardware: z.enum(hostHardware, `must be one of ${hostHardware.join(", ")}`),
  // It ends up on a command line: nothing that a shell would read.
  image: z.string().regex(/^[a-z0-9][a-z0-9._:/-]*$/i, "must be the name of an image, without its tag"),
  label: z.array(Label).optional(),
  minutes: wholeNumber(1, 43_200),
});

/** `reelway runners join`: a token for one runner, within the command that starts it. */
export function addJoin(runners: Command, cli: Cli): void {
  const { output, signal } = cli;
  runners
    .command("join")
    .description("Print the one line that starts a runner on another host, with a token for that host alone.")
    .requiredOption("--region <id>", "the region whose work it does")
    .option("--by <means>", `what runs it: ${joinMeans.join(", ")}`, joinMeans[0])
    .option("--hardware <kind>", `what the host has: ${hostHardware.join(", ")}`, hostHardware[0])
    .option("--image <name>", "the image, without its tag", localImage)
    .option("--label <label>", "the runner has this label, and none that its host names (again for more)", repeated)
    .option("--minutes <count>", "how long the line holds", "60")
    .action(async (_options: unknown, command: Command) => {
      const { region, by, hardware, image, label: labels, minutes } = optionsOf(command, JoinOptions);
      const url = addressOf(cli, command);
      const { token, expiresAt } = await connect(cli, command).runners.createToken(
        { region, ...(labels === undefined ? {} : { labels }), maxUses: 1, expiresInSeconds: minutes * 60 },
        signal,
      );
      if (token === null) throw new ReelwayError("internal", "the control plane made a token and did not show it");
      const line = joinLine(by, { url, region, token, hardware, image });
      output.jsonLine({ line, token, expiresAt });
      output.line(line);
      output.note(output.err.dim(`${joinNeeds[by]} See ${joinGuide}.`));
      output.note(output.err.dim(`For one runner, until ${formatTime(expiresAt)}. \`reelway runners ls\` shows it.`));
    });
}
