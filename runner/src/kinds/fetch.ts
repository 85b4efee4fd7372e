import { join } from "node:path";
import type { S3Input, UrlInput } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import type { Dispatcher } from "undici";
import { fetchSource } from "../storage/fetch-source.ts";
import { s3Source } from "../storage/s3-source.ts";
import type { OpenSource } from "../storage/source-answer.ts";
import { urlSource } from "../storage/url-source.ts";
import { inSpan } from "../telemetry/spans.ts";
import type { Kind, KindContext } from "./kind.ts";

/** The name under which a source is kept, whatever it was called where it came from. */
const NAME = "source";
const connectTimeoutMs = 15_000;

/** Brings a source from somewhere else into the region's bucket: as this task's one output, which becomes the asset's. */
export const fetch: Kind = async (context) => {
  const path = join(context.outputDirectory, NAME);
  const grant = grantOf(context);
  const agent = guardedAgent({
    allowPrivate: context.urlPolicy.allowPrivate,
    connectTimeoutMs,
    idleTimeoutMs: context.storageStallMs,
  });
  try {
    await inSpan("fetch", { "reelway.source": grant.kind }, () =>
      fetchSource({
        open: sourceOf(grant, agent, context),
        path,
        bytesMax: grant.bytesMax,
        claimSpace: context.claimSpace,
        onBytes: (received, totalBytes) => report(context, received, totalBytes),
        stallMs: context.storageStallMs,
        signal: context.signal,
        pacing: context.pacing,
      }),
    );
  } finally {
    await agent.destroy();
  }
  const file = { path, name: NAME, role: "source" as const, contentType: "application/octet-stream" };
  return { files: [file], source: null, encoder: null };
};

function grantOf({ task }: KindContext): UrlInput | S3Input {
  const [grant] = task.inputs;
  if (grant === undefined || grant.kind === "presigned")
    throw new ReelwayError("runner_error", "the fetch came without a source to fetch");
  return grant;
}

function sourceOf(grant: UrlInput | S3Input, agent: Dispatcher, { urlPolicy, task }: KindContext): OpenSource {
  if (grant.kind === "s3") return s3Source(grant, { agent, policy: urlPolicy });
  return urlSource(grant.url, { policy: urlPolicy, agent, totalMs: task.timeoutSeconds * 1_000 });
}

function report(context: KindContext, received: number, totalBytes: number | null): void {
  const percent = totalBytes === null || totalBytes === 0 ? 0 : (received / totalBytes) * 100;
  const of = totalBytes === null ? "" : ` of ${totalBytes}`;
  context.report({ percent, fps: null, speed: null, etaSeconds: null, message: `fetched ${received}${of} bytes` });
}
