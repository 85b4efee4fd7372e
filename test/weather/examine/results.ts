import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Job } from "@reelway/shared/contracts/job";
import { decodedFrames } from "../../e2e/chaos/decoded.ts";
import { probeFile } from "../../support/clips.ts";
import type { LedgerJob } from "../load/ledger.ts";
import type { Tenant } from "../load/tenant.ts";
import type { ResultFacts } from "./facts.ts";

/** Fetches and decodes what each job promised that was told to its tenant and succeeded. */
export async function decodeResults(jobs: readonly LedgerJob[], tenants: readonly Tenant[]): Promise<ResultFacts[]> {
  const folder = mkdtempSync(join(tmpdir(), "reelway-weather-results-"));
  const facts: ResultFacts[] = [];
  try {
    for (const { id, tenantId, expected } of jobs) {
      const tenant = tenants.find((one) => one.id === tenantId);
      if (tenant === undefined || expected.state !== "succeeded") continue;
      const job = await tenant.ask((client) => client.jobs.get(id));
      if (job.state !== "succeeded") continue;
      facts.push(
        await decodeOne(tenant, job, join(folder, id)).catch((error: unknown) => ({
          ...{ jobId: id, seconds: null, frames: null, error: String(error) },
        })),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return facts;
}

async function decodeOne(tenant: Tenant, job: Job, path: string): Promise<ResultFacts> {
  if (job.kind === "stream") return { ...(await decodeStream(tenant, job)), jobId: job.id, error: null };
  const nothing = { jobId: job.id, seconds: null, frames: null, error: null };
  // Every output comes down whole; the first that plays is decoded.
  for (const [place, { name, role }] of job.outputs.entries()) {
    const file = `${path}-${place}`;
    const { stream } = await tenant.ask((client) => client.jobs.download(job.id, { name }));
    await pipeline(Readable.from(stream), createWriteStream(file));
    if (role !== "video" && role !== "audio") {
      rmSync(file);
      continue;
    }
    const { format, streams } = probeFile(file);
    rmSync(file);
    const frames = streams.find(({ codec_type }) => codec_type === "video")?.nb_read_frames;
    return { ...nothing, seconds: Number(format.duration), frames: frames === undefined ? null : Number(frames) };
  }
  return nothing;
}

/** Every picture of the largest rendition, as a player gets it; the length is that of the sound. */
async function decodeStream(tenant: Tenant, { id }: Job): Promise<{ seconds: number; frames: number }> {
  const { hls } = await tenant.ask((client) => client.jobs.playback(id));
  const list = (name: string) => new URL(`${name}/playlist.m3u8`, hls).href;
  const pictures = await decodedFrames(list("video-1"));
  const playlist = await (await fetch(list("audio-1"))).text();
  const lengths = [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => Number(seconds));
  return { frames: pictures.length, seconds: lengths.reduce((sum, seconds) => sum + seconds, 0) };
}
