import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { z } from "zod";
import type { BatchRequest } from "../../contracts/batch.ts";
import { Quality } from "../../contracts/job.ts";
import { RequestedSpec } from "../../contracts/job-spec.ts";
import { reasonOf } from "../../errors/reason-of.ts";
import { ConnectionId } from "../../ids.ts";
import { mergePatch } from "../../jobs/merge-patch.ts";
import { limits } from "../../limits.ts";
import { checked, UsageError, unreadable } from "../failures.ts";
import { wholeNumber } from "../options.ts";

/** The options that say what is made of a source, who is told and who is given it. */
export const RecipeOptions = z.object({
  preset: z.string().optional(),
  set: z.array(z.string()).default([]),
  spec: z.string().optional(),
  quality: Quality.optional(),
  priority: wholeNumber(limits.priorityMin, limits.priorityMax).optional(),
  tag: z.array(z.string()).default([]),
  webhookUrl: z.string().optional(),
  to: ConnectionId.optional(),
  toPrefix: z.string().optional(),
});
export type RecipeOptions = z.infer<typeof RecipeOptions>;

/** The preset that fits a file's extension, for `convert in.mov -o out.webm`. */
const presetByExtension: Readonly<Record<string, string>> = {
  ".mp4": "mp4-h264",
  ".webm": "webm-vp9",
  ".mov": "mov-prores",
  ".mkv": "mkv-copy",
  ".gif": "gif",
  ".mp3": "mp3",
  ".m4a": "m4a",
  ".wav": "wav",
};

/** What is to be made: a preset with changes, or a spec of the user's own. */
export type Recipe =
  | { preset: string; overrides: Record<string, unknown> | undefined }
  | { preset: undefined; spec: RequestedSpec };

/** @throws UsageError where the options contradict each other or the spec is not valid. */
export function recipeOf(options: RecipeOptions, out: string | undefined, specText: string | undefined): Recipe {
  const changes = parseSettings(options.set);
  if (specText === undefined)
    return { preset: options.preset ?? presetFor(out), overrides: options.set.length > 0 ? changes : undefined };
  if (options.preset !== undefined) throw new UsageError("Give --preset or --spec, one of them");
  return { preset: undefined, spec: changedSpec(parseJson(specText), changes, `${options.spec}`) };
}

function presetFor(out: string | undefined): string {
  const preset = presetByExtension[out === undefined ? ".mp4" : extname(out).toLowerCase()];
  if (preset === undefined)
    throw new UsageError(`No preset goes with ${out}`, {
      remedy: "Name one with --preset; `reelway presets ls` lists them.",
    });
  return preset;
}

/** A spec with changes merged into it, checked before a single byte is uploaded. */
export function changedSpec(spec: unknown, changes: unknown, what: string): RequestedSpec {
  return checked(RequestedSpec, mergePatch(spec, changes), what);
}

/** `--set video.width=1280 --set audio=null` as one nested object; values are JSON, or else plain text. */
export function parseSettings(settings: readonly string[]): Record<string, unknown> {
  const root = new Map<string, unknown>();
  for (const setting of settings) {
    const equals = setting.indexOf("=");
    const path = setting.slice(0, Math.max(0, equals)).split(".");
    if (!path.every((name) => /^[A-Za-z][A-Za-z0-9]*$/.test(name)))
      throw new UsageError(`--set ${setting} is not a setting`, {
        remedy: "Write it as path=value: --set trim.startSeconds=3",
      });
    place(root, path, parseValue(setting.slice(equals + 1)));
  }
  return plain(root);
}

function place(into: Map<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into.set(name, value);
    return;
  }
  const found = into.get(name);
  const below = found instanceof Map ? found : new Map<string, unknown>();
  into.set(name, below);
  place(below, rest, value);
}

function plain(map: Map<string, unknown>): Record<string, unknown> {
  return Object.fromEntries([...map].map(([name, value]) => [name, value instanceof Map ? plain(value) : value]));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError("The --spec file is not JSON", {
      remedy: reasonOf(error),
    });
  }
}

/** What is made of a source, as the API takes it. */
export function orderOf(recipe: Recipe, options: RecipeOptions): BatchRequest["job"] {
  const { quality, priority, tag, webhookUrl, to, toPrefix } = options;
  if (toPrefix !== undefined && to === undefined) throw new UsageError("--to-prefix needs --to");
  return {
    ...(recipe.preset === undefined ? { spec: recipe.spec } : { preset: recipe.preset }),
    ...(recipe.preset === undefined || recipe.overrides === undefined ? {} : { overrides: recipe.overrides }),
    ...(quality === undefined ? {} : { quality }),
    ...(priority === undefined ? {} : { priority }),
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(to === undefined ? {} : { destination: { connectionId: to, prefix: toPrefix ?? "" } }),
  };
}

/** A `--spec` file's text. */
export async function readSpec(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return readFile(path, "utf8").catch(unreadable(path));
}
