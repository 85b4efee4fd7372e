import { dirname, join, relative } from "node:path";

/** The root of this checkout. */
export const checkout = dirname(dirname(import.meta.dirname));
export const wranglerConfig = join(checkout, "wrangler.toml");
/** What `make up` keeps between starts. */
export const defaultDataDir = join(checkout, ".reelway");
/** Shared by every stack of this checkout: only content that is the same for all of them. */
export const cacheDir = join(checkout, ".reelway", "cache");
export const controlPlaneEntry = join(import.meta.dirname, "serve.ts");
export const runnerEntry = join(checkout, "runner", "src", "main.ts");
/** Where `make native` builds the media engine. */
export const enginePath = join(checkout, "native", "target", "release", "reelway-media");
export const reelwayCommand = join(checkout, "bin", "reelway");
export const parentGuard = join(import.meta.dirname, "process", "exit-with-parent.ts");

/** A path as a person in this folder would type it. */
export function near(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
