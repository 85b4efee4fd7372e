import { createClient } from "@reelway/shared/client/client";
import { connectionPath } from "./admin-key.ts";
import { near, reelwayCommand } from "./paths.ts";
import { stopSignal } from "./process/stop-signal.ts";
import { readSettings, type StackSettings } from "./settings.ts";
import { describeFailure } from "./stack-failure.ts";
import { bringUp, logsOf, type Running } from "./up.ts";

/** `make up`: the control plane and its runners in the foreground, until Ctrl-C or `make down`. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  let running: Running | undefined;
  const stopping = stopSignal(() => running?.hurry());
  // A signal during the start ends the process; its children notice and end too.
  void stopping.then((name) => {
    if (!running) process.exit(name === "SIGINT" ? 130 : 143);
  });
  running = await bringUp(settings, process.env, (line) => console.error(line));
  console.log(welcome(running, settings, await signInUrl(running)));
  await stopping;
  console.log("\nStopping: the runners finish or hand back what they have (again to hurry).");
  await running.stop();
  console.log("Stopped. Everything is kept; `make up` goes on where this ended.");
}

/** A link that signs a browser in once, as the admin key. It goes to the terminal alone, never to a log. */
async function signInUrl({ controlPlane, adminKey }: Running): Promise<string> {
  return (await createClient({ url: controlPlane.url, key: adminKey }).auth.createSignInLink()).url;
}

function welcome({ controlPlane, runners }: Running, settings: StackSettings, link: string): string {
  const { url, dataDir, orphansEnded, migrated } = controlPlane;
  const command = near(reelwayCommand);
  const who = runners.map(({ name, region }) => `${name} (${region})`).join(", ") || "none";
  return [
    ...(orphansEnded > 0 ? [`Ended ${orphansEnded} workerd that an earlier crash had left.`] : []),
    ...(migrated.length > 0 ? [`Applied the migrations ${migrated.join(", ")}.`] : []),
    ...(settings.port !== undefined && settings.port !== 0 && new URL(url).port !== String(settings.port)
      ? [`Port ${settings.port} is taken, so another was chosen.`]
      : []),
    `Reelway is running at ${url}`,
    "",
    `  dashboard       ${url}/`,
    `  sign in         ${link}`,
    `                  (once, within ten minutes; another: ${command} dashboard)`,
    `  API reference   ${url}/api/v1/docs`,
    `  admin key       in ${near(connectionPath(dataDir))}`,
    `  runners         ${who}`,
    `  data            ${near(dataDir)}`,
    `  logs            ${near(logsOf(dataDir))}`,
    "",
    `  convert a file  ${command} convert FILE --preset mp4-h264`,
    "  stop            Ctrl-C, or: make down",
    ...(settings.host === "127.0.0.1" || settings.publicUrl
      ? []
      : ["", "Runners on other hosts reach it only when REELWAY_PUBLIC_URL says where."]),
  ].join("\n");
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(describeFailure(error));
  process.exit(1);
}
