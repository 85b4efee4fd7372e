import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import { readJsonFile, writePrivateFile } from "./private-file.ts";
import { StackFailure } from "./stack-failure.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** What a bundle was made of: while no input has changed it is used again, so a second start is instant. */
const BundleRecord = z.object({
  bundle: z.string(),
  inputs: z.array(z.object({ path: z.string(), bytes: z.int(), modifiedAt: z.number() })),
});
type BundleRecord = z.infer<typeof BundleRecord>;

/** The path of the Worker as one module, made or taken from the cache. Throws StackFailure when it does not compile. */
export async function bundleWorker(config: WorkerConfig, cacheDir: string): Promise<string> {
  const recipe = createHash("sha256")
    .update(JSON.stringify([config.main, config.define]))
    .digest("hex");
  const recordPath = join(cacheDir, `worker-${recipe.slice(0, 12)}.json`);
  const known = readKnown(recordPath);
  if (known && existsSync(known.bundle) && known.inputs.every(isUnchanged)) return known.bundle;

  const { contents, inputs } = await compile(config);
  const bundle = join(cacheDir, `worker-${createHash("sha256").update(contents).digest("hex").slice(0, 20)}.mjs`);
  mkdirSync(cacheDir, { recursive: true });
  // Named by content and renamed into place: two starts at once write the same file.
  writeFileSync(`${bundle}.${process.pid}`, contents);
  renameSync(`${bundle}.${process.pid}`, bundle);
  writePrivateFile(recordPath, { bundle, inputs } satisfies BundleRecord);
  return bundle;
}

async function compile(config: WorkerConfig): Promise<{ contents: Uint8Array; inputs: BundleRecord["inputs"] }> {
  const before = Date.now();
  const result = await build({
    entryPoints: [config.main],
    outfile: "worker.mjs",
    write: false,
    metafile: true,
    absWorkingDir: "/",
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    define: { ...config.define },
    keepNames: true,
    logLevel: "silent",
  }).catch((error: unknown) => {
    throw new StackFailure(`The control plane does not compile.\n${error instanceof Error ? error.message : error}`);
  });
  const [output] = result.outputFiles;
  if (!output) throw new StackFailure("The control plane compiled to nothing.");
  const inputs = Object.keys(result.metafile.inputs).map((input) => fingerprint(join("/", input)));
  // A file that was saved while it was being read may be newer than what was compiled: don't trust its stamp.
  return {
    contents: output.contents,
    inputs: inputs.map((input) => (input.modifiedAt >= before ? { ...input, modifiedAt: 0 } : input)),
  };
}

function fingerprint(path: string): BundleRecord["inputs"][number] {
  const { size, mtimeMs } = statSync(path);
  return { path, bytes: size, modifiedAt: mtimeMs };
}

function isUnchanged(input: BundleRecord["inputs"][number]): boolean {
  const now = statSync(input.path, { throwIfNoEntry: false });
  return now !== undefined && now.size === input.bytes && now.mtimeMs === input.modifiedAt;
}

function readKnown(path: string): BundleRecord | undefined {
  try {
    return readJsonFile(path, BundleRecord);
  } catch {
    return undefined;
  }
}
