import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@reelway/shared/client/client";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";

/** A rendition of a finished stream as one file: its init and its segments, as a player gets them. */
export interface Rendition {
  readonly id: string;
  readonly path: string;
  readonly mediaBytes: number;
  /** Where its segments end, seconds from its first. */
  readonly borders: readonly number[];
}

export interface Title {
  readonly plan: JobPlan;
  readonly video: readonly Rendition[];
  readonly audio: readonly Rendition[];
}

/** Downloads a title into a folder of its own below this one. */
export async function fetchTitle(client: Client, jobId: string, below: string): Promise<Title> {
  const plan = await client.jobs.plan(jobId);
  const { hls } = await client.jobs.playback(jobId);
  const folder = join(below, jobId);
  mkdirSync(folder);
  const all = (renditions: readonly { readonly id: string }[]) =>
    Promise.all(renditions.map(({ id }) => fetchRendition(new URL(`${id}/playlist.m3u8`, hls), { id, folder })));
  return { plan, video: await all(plan.video?.renditions ?? []), audio: await all(plan.audio) };
}

async function fetchRendition(
  playlist: URL,
  { id, folder }: { readonly id: string; readonly folder: string },
): Promise<Rendition> {
  const text = (await bytesOf(playlist)).toString();
  const [, init = ""] = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(text) ?? [];
  const names = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const files = await Promise.all([init, ...names].map((name) => bytesOf(new URL(name, playlist))));
  const path = join(folder, `${id}.mp4`);
  writeFileSync(path, Buffer.concat(files));
  let end = 0;
  const borders = [...text.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => (end += Number(seconds)));
  return { id, path, mediaBytes: files.slice(1).reduce((sum, { length }) => sum + length, 0), borders };
}

async function bytesOf(url: URL): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
