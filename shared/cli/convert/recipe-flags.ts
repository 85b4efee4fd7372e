import type { Command } from "commander";
import { repeated } from "../options.ts";

/** The flags that `RecipeOptions` reads: what is made of a source, and who is told and given it. */
export function withRecipeFlags(command: Command): Command {
  return command
    .option("-p, --preset <name>", "what to make of it (reelway presets ls); default: mp4-h264, or by OUT's extension")
    .option("-q, --quality <height>", "480p, 720p, 1080p or 2160p")
    .option(
      "--set <path=value>",
      "change one setting of the preset: --set trim.startSeconds=3 (again for more)",
      repeated,
    )
    .option("--spec <file.json>", "a full job spec instead of a preset")
    .option("--priority <0-100>", "higher goes first; default 50")
    .option("--tag <tag>", "mark the job (again for more)", repeated)
    .option("--webhook-url <url>", "told every event of the job")
    .option("--to <connection>", "deliver the results to this bucket of yours, too")
    .option("--to-prefix <prefix>", "with --to: below this prefix");
}
