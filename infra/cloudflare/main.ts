import { parseArgs } from "node:util";
import { backup, restore } from "./backup.ts";
import { bootstrap } from "./bootstrap.ts";
import { deploy } from "./deploy.ts";
import { DeployFailure } from "./deploy-failure.ts";
import { environmentOf, environments, readDeployment } from "./deployment.ts";
import { deriveConfig, writeConfig } from "./derive-config.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

const { positionals, values } = parseArgs({
  // pnpm hands its own `--` on.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  allowPositionals: true,
  options: {
    env: { type: "string" },
    url: { type: "string" },
    rounds: { type: "string", default: "10" },
    "pause-ms": { type: "string", default: "3000" },
    file: { type: "string" },
  },
});

/** `pnpm run bootstrap|deploy|backup|restore|derive-config -- --env staging|production` */
async function main(): Promise<void> {
  const variables = process.env;
  const [command] = positionals;
  if (command === "derive-config") {
    for (const environment of environments) {
      const deployment = readDeployment(environment);
      const accountId = variables.CLOUDFLARE_ACCOUNT_ID || deployment.accountId;
      say(writeConfig(environment, deriveConfig({ environment, deployment, accountId })));
    }
    return;
  }
  const environment = environmentOf(values.env);
  if (command === "bootstrap") await bootstrap({ environment, variables, say, url: values.url });
  else if (command === "deploy")
    await deploy({
      environment,
      variables,
      say,
      url: values.url,
      rounds: Number(values.rounds),
      pauseMs: Number(values["pause-ms"]),
    });
  else if (command === "backup") await backup({ environment, variables, say });
  else if (command === "restore") await restore({ environment, variables, say, file: values.file });
  else throw new DeployFailure(`There is no command "${command}": bootstrap, deploy, backup, restore, derive-config`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DeployFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
