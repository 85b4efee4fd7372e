import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, MiniflareCoreError } from "miniflare";
import { workerdMark } from "./orphans.ts";
import { outboundService } from "./outbound.ts";
import { freePort } from "./ports.ts";
import type { LogFile } from "./process/log-file.ts";
import type { StackSecrets } from "./secrets.ts";
import { StackFailure } from "./stack-failure.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** Where the simulator serves the buckets over S3, on its own port. */
const S3_PATH = "/cdn-cgi/local/r2/s3";
const START_ATTEMPTS = 5;

export interface ControlPlaneOptions {
  config: WorkerConfig;
  bundle: string;
  dataDir: string;
  host: string;
  port: number;
  /** How clients and runners reach the stack where that is not http://127.0.0.1:<port>. */
  publicUrl?: string | undefined;
  /** Where debuggers reach workerd, on this host alone. */
  inspectorPort?: number | undefined;
  secrets: StackSecrets;
  vars: Readonly<Record<string, string>>;
  log: LogFile;
  /** Called when workerd had died and a new one serves in its place. */
  onRuntimeRestart: () => void;
}

export interface ControlPlane {
  readonly miniflare: Miniflare;
  readonly port: number;
  /** As clients and runners reach it. */
  readonly url: string;
  /** As this process reaches it. */
  readonly localUrl: string;
}

/**
 * Runs the Worker alone over the state of a data directory. The port is part of what is signed (the S3 endpoint),
 * so it is chosen before the start; when somebody takes it in between, another is chosen.
 * Throws StackFailure when it does not start.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  let wanted = options.port;
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.host, wanted);
    if (options.publicUrl !== undefined && wanted !== 0 && port !== wanted)
      throw new StackFailure(`Port ${wanted} of ${options.host} is taken, and ${options.publicUrl} leads to it.`);
    const url = (options.publicUrl ?? `http://127.0.0.1:${port}`).replace(/\/+$/, "");
    const miniflare = new Miniflare(miniflareOptions(options, port, url));
    try {
      await miniflare.ready;
      return { miniflare, port, url, localUrl: `http://127.0.0.1:${port}` };
    } catch (error) {
      await miniflare.dispose().catch(() => undefined);
      const taken = error instanceof MiniflareCoreError && error.code === "ERR_ADDRESS_IN_USE";
      if (!taken || attempt === START_ATTEMPTS)
        throw new StackFailure(`workerd did not start: ${error instanceof Error ? error.message : error}`);
      wanted = 0;
    }
  }
}

function miniflareOptions(options: ControlPlaneOptions, port: number, url: string) {
  const { config, dataDir, secrets, log } = options;
  const mark = workerdMark(dataDir);
  // None: the connection alone says who calls.
  const vars: Readonly<Record<string, string>> = { TRUSTED_PROXIES: "", ...config.vars, ...options.vars };
  const trusted = [vars.OTEL_EXPORTER_OTLP_ENDPOINT ?? ""].filter((text) => text !== "");
  return convertV4MiniflareOptions({
    host: options.host,
    port,
    cf: false,
    // Nobody has it: with one set, the simulator believes no caller's word for another's address, path or route (patches/).
    unsafeProxySharedSecret: randomBytes(32).toString("hex"),
    ...(options.inspectorPort === undefined
      ? {}
      : { inspectorHost: "127.0.0.1", inspectorPort: options.inspectorPort }),
    log: new Log(LogLevel.NONE),
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: join(dataDir, "state", "v3"),
    unsafeRuntimeEnv: { [mark.name]: mark.value },
    unsafeHandleRuntimeRestart: options.onRuntimeRestart,
    handleStructuredLogs: ({ timestamp, level, message }) => log.write(toLogLine(timestamp, level, message)),
    workers: [
      {
        ...config.options,
        // The simulator serves its S3 endpoint only to hosts that it knows.
        routes: [`${new URL(url).hostname}/*`],
        name: config.name,
        r2Buckets: withOwnCredentials(config.buckets, secrets),
        bindings: { ...vars, PUBLIC_URL: url, R2_S3_ENDPOINT: `${url}${S3_PATH}`, ...secrets },
        modules: true,
        modulesRoot: dirname(options.bundle),
        scriptPath: options.bundle,
        ...(vars.ALLOW_PRIVATE_URLS === "true" ? {} : { outboundService: outboundService(trusted) }),
      },
      ...config.externalWorkers,
    ],
  });
}

function withOwnCredentials(buckets: WorkerConfig["buckets"], secrets: StackSecrets) {
  const s3Credentials = { accessKeyId: secrets.R2_ACCESS_KEY_ID, secretAccessKey: secrets.R2_SECRET_ACCESS_KEY };
  return Object.fromEntries(Object.entries(buckets).map(([binding, { id }]) => [binding, { id, s3Credentials }]));
}

/** The Worker logs JSON lines; what the runtime itself says is made one. */
function toLogLine(timestamp: number, level: string, message: string): string {
  if (message.startsWith("{") && message.endsWith("}")) return `${message}\n`;
  return `${JSON.stringify({ at: timestamp, level, source: "workerd", message })}\n`;
}
