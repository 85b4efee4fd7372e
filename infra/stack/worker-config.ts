import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { V4WorkerOptions } from "miniflare";
import { z } from "zod";
import { StackFailure } from "./stack-failure.ts";

// Read when wrangler is loaded: no figures are sent anywhere from a stack that must also work offline.
process.env.WRANGLER_SEND_METRICS ??= "false";
const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import("wrangler");

type SourcelessOptions = Omit<
  ReturnType<typeof unstable_getMiniflareWorkerOptions>["workerOptions"],
  "modulesRules" | "r2Buckets"
>;

/** The part of wrangler's own reading of the file that the stack uses. */
const RawConfig = z.object({
  name: z.string(),
  main: z.string(),
  vars: z.record(z.string(), z.unknown()),
  triggers: z.object({ crons: z.array(z.string()).optional() }),
  d1_databases: z.array(
    z.object({
      binding: z.string(),
      migrations_dir: z.string().optional(),
      migrations_table: z.string().default("d1_migrations"),
    }),
  ),
});
/** Where the static files are built; nowhere for a Worker without any. */
const BuiltAssets = z.object({ directory: z.string().default("") });
const R2Buckets = z.record(z.string(), z.union([z.string().transform((id) => ({ id })), z.object({ id: z.string() })]));

/** What the stack needs to know of the Worker, all of it from its wrangler.toml. */
export interface WorkerConfig {
  /** Part of the local storage path of Durable Objects. */
  readonly name: string;
  /** The module that the Worker starts from. */
  readonly main: string;
  readonly define: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly crons: readonly string[];
  readonly databases: readonly MigratedDatabase[];
  readonly buckets: Readonly<Record<string, { readonly id: string }>>;
  /** Every other binding, in the simulator's shape. */
  readonly options: SourcelessOptions;
  readonly externalWorkers: readonly V4WorkerOptions[];
}

export interface MigratedDatabase {
  readonly binding: string;
  readonly migrationsDir: string;
  readonly migrationsTable: string;
}

/** Reads wrangler.toml through wrangler itself, so that bindings are written in one place only. */
export function readWorkerConfig(configPath: string): WorkerConfig {
  const read = unstable_readConfig({ config: configPath }, { hideWarnings: true });
  const { workerOptions, define, externalWorkers } = unstable_getMiniflareWorkerOptions(read);
  const { modulesRules: _unbundled, r2Buckets, assets, ...options } = workerOptions;
  const config = RawConfig.safeParse(read);
  if (!config.success) throw new StackFailure(`${configPath} is not complete:\n${z.prettifyError(config.error)}`);
  const { name, main, vars, triggers, d1_databases } = config.data;
  const fromRoot = (path: string) => (isAbsolute(path) ? path : join(dirname(configPath), path));
  return {
    name,
    main: fromRoot(main),
    define,
    vars: textVars(vars),
    crons: triggers.crons ?? [],
    databases: d1_databases.flatMap(({ binding, migrations_dir, migrations_table }) =>
      migrations_dir === undefined
        ? []
        : [{ binding, migrationsDir: fromRoot(migrations_dir), migrationsTable: migrations_table }],
    ),
    buckets: R2Buckets.parse(r2Buckets ?? {}),
    // Without the dashboard's build the Worker runs all the same, and says what is missing.
    options: existsSync(BuiltAssets.parse(assets ?? {}).directory) ? { ...options, assets } : options,
    externalWorkers,
  };
}

/** The [vars] table itself: `.dev.vars`, which belongs to `wrangler dev`, must not change the stack. */
function textVars(vars: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, String(value)]));
}
