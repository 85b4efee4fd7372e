import { Command } from "commander";
import { version } from "../version.ts";
import type { Cli } from "./cli.ts";
import { addAssets } from "./commands/assets.ts";
import { addAudit } from "./commands/audit.ts";
import { addAuth } from "./commands/auth.ts";
import { addBatches } from "./commands/batches.ts";
import { addBootstrap } from "./commands/bootstrap.ts";
import { addBreakers } from "./commands/breakers.ts";
import { addConnections } from "./commands/connections.ts";
import { addConvert } from "./commands/convert.ts";
import { addDashboard } from "./commands/dashboard.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDeadMessages } from "./commands/dead-messages.ts";
import { addDelete } from "./commands/delete.ts";
import { addEvents } from "./commands/events.ts";
import { addFetch } from "./commands/fetch.ts";
import { addInvitations } from "./commands/invitations.ts";
import { addJobs } from "./commands/jobs.ts";
import { addKeys } from "./commands/keys.ts";
import { addMetrics } from "./commands/metrics.ts";
import { addPresets } from "./commands/presets.ts";
import { addRegions } from "./commands/regions.ts";
import { addRunners } from "./commands/runners.ts";
import { addStorage } from "./commands/storage.ts";
import { addTenants } from "./commands/tenants.ts";
import { addUpload } from "./commands/upload.ts";
import { addUsers } from "./commands/users.ts";
import { addWebhooks } from "./commands/webhooks.ts";
import { exitCodeHelp } from "./exit-codes.ts";

const examples = `Examples:
  reelway convert holiday.mov                          holiday-mp4-h264.mp4 beside it
  reelway convert talk.mkv -o talk.webm                the preset follows from the name
  reelway convert clip.mp4 -p gif --set trim.durationSeconds=3
  reelway jobs ls --state failed --json | jq -r .id`;

const finding = `The control plane is found by --url and --key, then REELWAY_URL and REELWAY_API_KEY, then the stack that
\`make up\` started (.reelway/connection.json), then ~/.config/reelway/config.json ({"url": …, "key": …}).`;

/** The whole command line. Every action throws what goes wrong; main.ts turns it into words and an exit code. */
export function createProgram(cli: Cli): Command {
  const program = new Command("reelway")
    .description("Video conversion on hardware you own.")
    .version(version)
    .option("--url <url>", "where the control plane answers")
    .option("--key <key>", "the API key; better in REELWAY_API_KEY, where no process list shows it")
    .option("--json", "one JSON object a line on stdout, and nothing else")
    .addHelpText("after", `\n${examples}\n\n${finding}\n\n${exitCodeHelp}`)
    .helpOption("-h, --help", "what there is, here and after each command")
    .exitOverride()
    // Errors are told by the one boundary, once.
    .configureOutput({ outputError: () => undefined, ...(cli.output.json ? { writeErr: () => undefined } : {}) })
    .showSuggestionAfterError();
  addConvert(program, cli);
  addDashboard(program, cli);
  addUpload(program, cli);
  addFetch(program, cli);
  addAssets(program, cli);
  addJobs(program, cli);
  addBatches(program, cli);
  addDelete(program, cli);
  addDeadLetters(program, cli);
  addDeadMessages(program, cli);
  addBreakers(program, cli);
  addPresets(program, cli);
  addConnections(program, cli);
  addRunners(program, cli);
  addRegions(program, cli);
  addKeys(program, cli);
  addTenants(program, cli);
  addUsers(program, cli);
  addInvitations(program, cli);
  addAuth(program, cli);
  addAudit(program, cli);
  addEvents(program, cli);
  addWebhooks(program, cli);
  addStorage(program, cli);
  addMetrics(program, cli);
  addBootstrap(program, cli);
  return program;
}
