import type { Command } from "commander";
import { type Cli, connect } from "../cli.ts";
import { openInBrowser } from "../terminal/open-in-browser.ts";
import { formatTime } from "../terminal/units.ts";

export function addDashboard(program: Command, cli: Cli): void {
  const { output, signal } = cli;
  program
    .command("dashboard")
    .description("Print a link that signs a browser in to the dashboard, once, as the key or access token.")
    .option("--open", "open it in the browser, too")
    .action(async ({ open = false }: { open?: boolean }, command: Command) => {
      const { url, expiresAt } = await connect(cli, command).auth.createSignInLink(signal);
      output.jsonLine({ url, expiresAt });
      output.line(url);
      output.note(output.err.dim(`Good once, until ${formatTime(expiresAt)}.`));
      if (open) await openInBrowser(url, cli.env);
    });
}
