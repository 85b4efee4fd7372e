import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const Tool = z.enum(
  ["docker", "podman"],
  "CONTAINER_TOOL must be docker or podman: run `make image-test`, which sets it",
);
const tool = Tool.parse(process.env.CONTAINER_TOOL);
const image = process.env.IMAGE || "localhost/reelway-runner";

const Target = z.enum(["cpu", "nvidia", "vaapi"]);
export type Target = z.infer<typeof Target>;
/** The images that were built for this run: those that TARGETS names. */
export const targets = z.array(Target).parse(process.env.TARGETS?.split(" "));

/** How a runner is meant to be started (docs/runners.md): as nobody in particular, on a root that can't be written. */
const confined = [
  ...["--pull", "never", "--read-only", "--tmpfs", "/tmp:size=64m,mode=1777"],
  ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "host"],
];

async function engine(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(tool, args, { maxBuffer: 64 * 1024 * 1024 });
  return args[0] === "logs" ? stdout + stderr : stdout;
}

/** Runs a shell command in a fresh container of the image, with further options, and answers what it printed. */
export function shellIn(target: Target, command: string, options: readonly string[] = []): Promise<string> {
  return engine("run", "--rm", ...confined, ...options, "--entrypoint", "sh", `${image}:${target}`, "-c", command);
}

/** What lets a container make namespaces, and mounts within them (docs/sandbox.md). */
export const openForBubblewrap = [
  ...["--security-opt", "seccomp=unconfined"],
  ...["--security-opt", tool === "docker" ? "systempaths=unconfined" : "unmask=ALL"],
];

/** What `reelway runners join` prints for this engine, with the stack as its control plane and our image. */
export async function printedLine({ url, key }: { url: string; key: string }): Promise<string> {
  const cli = new URL("../../bin/reelway", import.meta.url).pathname;
  const words = ["runners", "join", "--region", "enam", "--by", tool, "--image", image];
  const env = { ...process.env, REELWAY_URL: url, REELWAY_API_KEY: key };
  return (await run(cli, words, { env })).stdout.trim();
}

export interface RunnerContainerOptions {
  readonly target: Target;
  /** Its state and scratch space; kept when the container goes. */
  readonly volume: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A runner in a container. */
export class RunnerContainer {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  static async start({ target, volume, env }: RunnerContainerOptions): Promise<RunnerContainer> {
    const settings = { HEALTH_PORT: String(await freePort()), RUNNER_REGION: "enam", LOG_LEVEL: "debug", ...env };
    const name = `${volume}-${Date.now()}`;
    await engine(
      ...["run", "--detach", "--name", name, ...confined, "--volume", `${volume}:/var/lib/reelway`],
      ...Object.entries(settings).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      `${image}:${target}`,
    );
    return new RunnerContainer(name);
  }

  /**
   * Runs a printed line in a shell, as it is but for what this machine needs: its network, where the control plane listens,
   * a free port, and a name and a volume that are the test's own.
   */
  static async fromLine(line: string, volume: string): Promise<RunnerContainer> {
    const here = `--network host --pull never --env HEALTH_PORT=${await freePort()}`;
    const changed = line
      .replace(`${tool} run `, `${tool} run ${here} `)
      .replace("--name reelway-runner ", `--name ${volume} `)
      .replace("-v reelway-runner:", `-v ${volume}:`);
    if (!changed.includes(here) || /reelway-runner(?=[ :]\/)|--name reelway-runner /.test(changed))
      throw new Error(`the line is not as it was known: ${line}`);
    await run("sh", ["-c", changed]);
    return new RunnerContainer(volume);
  }

  /** What the image's own health check says of it now. */
  async isHealthy(): Promise<boolean> {
    const [, ...command] = HealthCheck.parse(
      JSON.parse(await engine("inspect", "--format", "{{json .Config.Healthcheck}}", this.#name)),
    ).Test;
    return engine("exec", this.#name, ...command).then(
      () => true,
      () => false,
    );
  }

  /** `docker stop`: its stop signal, and its end; what it exited with. */
  async stop(withinSeconds: number): Promise<number> {
    await engine("stop", "--time", String(withinSeconds), this.#name);
    return Number(await engine("inspect", "--format", "{{.State.ExitCode}}", this.#name));
  }

  logs(): Promise<string> {
    return engine("logs", this.#name);
  }

  async remove(): Promise<void> {
    await engine("rm", "--force", this.#name);
  }
}

const HealthCheck = z.object({ Test: z.tuple([z.literal("CMD")]).rest(z.string()) });

export async function removeVolume(volume: string): Promise<void> {
  await engine("volume", "rm", "--force", volume);
}

/** Runs the compose file as docs/runners.md tells to, on the host's network, with these settings as its env file. */
export class ComposeProject {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #command: readonly string[];

  constructor(profile: Target, settings: Readonly<Record<string, string>>) {
    const [program, ...first] =
      tool === "docker" ? ["docker", "compose"] : [process.env.PODMAN_COMPOSE || "podman-compose"];
    const root = new URL("../..", import.meta.url).pathname;
    const files = ["docker-compose.runner.yml", "test/image/compose.test-host.yml"];
    this.#environment = { ...process.env, RUNNER_IMAGE: image, ...settings };
    this.#command = [
      ...[program ?? "", ...first, "--project-name", "reelway-image-test"],
      ...files.flatMap((file) => ["--file", join(root, file)]),
      ...["--profile", profile],
    ];
  }

  /** Answers what it printed. */
  async run(...args: string[]): Promise<string> {
    const [program = "", ...first] = this.#command;
    const { stdout, stderr } = await run(program, [...first, ...args], { env: this.#environment });
    return stdout + stderr;
  }
}

/** A folder for files that containers read; its files must be readable for everybody. */
export const sharedFolder = () => mkdtempSync(join(tmpdir(), "reelway-image-test-"));

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
