import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { KindResult } from "../../../src/kinds/kind.ts";
import { testDirectory } from "../../support/directory.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const cues = ["1\n00:00:01,000 --> 00:00:03,500\nÜber & <i>unter</i>\n", "2\n00:00:09,000 --> 00:00:11,000\nSpäter\n"];

/** As old SubRip files come: Windows-1252, with CRLF. */
const oldSubRip = Buffer.from(cues.join("\n").replaceAll("\n", "\r\n"), "latin1");
const webVtt = "WEBVTT\n\n00:02.000 --> 00:04.000\nHello\n";

export interface FinishedTitle {
  readonly job: StreamJob;
  readonly plan: StreamPlan;
  readonly finish: KindResult;
  /** Where all of its files lie, as players find them. */
  readonly directory: string;
}

/** A whole stream of a source that speaks two languages, with subtitles in two more ways, from its plan to its end. */
export async function finishTitle(source: SourceName): Promise<FinishedTitle> {
  const subtitles = [
    { assetId: "ast_01jd3zj0a0bcdefghjkmnpqrst_weur", language: "de", name: "Deutsch, groß", isDefault: true },
    { assetId: "ast_01jd3zj0a0bcdefghjkmnpqrsv_weur", language: "en", forced: true },
  ];
  const job = await StreamJob.of(await streamSource(source), {
    video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" },
    ...{ segmentSeconds: 2, chunkSeconds: 8, subtitles },
  });
  const folder = await testDirectory();
  job.subtitles = [join(folder, "de.srt"), join(folder, "en.vtt")];
  await Promise.all([writeFile(job.subtitles[0] ?? "", oldSubRip), writeFile(job.subtitles[1] ?? "", webVtt)]);
  const { plan } = await job.plan();
  for (const kind of ["audio", "thumbnails", "subtitles"] as const) await job.run({ kind });
  await job.encodeAll(plan);
  const finish = await job.run({ kind: "finish" });
  return { job, plan, finish, directory: job.directory };
}
