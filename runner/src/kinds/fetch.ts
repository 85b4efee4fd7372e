import { join } from "node:path";
import type { S3Input, UrlInput } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Dispatcher } from "undici";
import { fetchByEngine } from "../engine/fetch.ts";
import type { MediaEngine } from "../engine/open-engine.ts";
import { fetchSource } from "../storage/fetch-source.ts";
import { s3Source } from "../storage/s3-source.ts";
import type { OpenSource } from "../storage/source-answer.ts";
import { tenantAgent } from "../storage/tenant-agent.ts";
import { urlSource } from "../storage/url-source.ts";
import { inSpan } from "../telemetry/spans.ts";
import type { Kind, KindContext } from "./kind.ts";
import { scopeOf } from "./scope.ts";

/** The name under which a source is kept, whatever it was called where it came from. */
const NAME = "source";

/** Brings a source from somewhere else into the region's bucket: as this task's one output, which becomes the asset's. */
export const fetch: Kind = async (context) => {
  const path = join(context.outputDirectory, NAME);
  const grant = grantOf(context);
  const { engine } = context;
  await inSpan("fetch", { "reelway.source": grant.kind }, () =>
    grant.kind === "url" && engine?.verbs.has("fetch")
      ? overManyConnections(grant, engine, path, context)
      : overOneConnection(grant, path, context),
  );
  const file = { path, name: NAME, role: "source" as const, contentType: "application/octet-stream" };
  return { files: [file], source: null, encoder: null };
};

function overManyConnections(grant: UrlInput, engine: MediaEngine, path: string, context: KindContext): Promise<void> {
  return fetchByEngine({
    scope: { ...scopeOf(context), engine },
    url: grant.url,
    policy: context.urlPolicy,
    path,
    ...transferOf(grant, context),
  });
}

async function overOneConnection(grant: UrlInput | S3Input, path: string, context: KindContext): Promise<void> {
  const agent = tenantAgent(context.urlPolicy, context.storageStallMs);
  try {
    const { signal } = context;
    await fetchSource({ open: sourceOf(grant, agent, context), path, signal, ...transferOf(grant, context) });
  } finally {
    await agent.destroy();
  }
}

/** What bounds a fetch, whoever does it. */
function transferOf({ bytesMax }: UrlInput | S3Input, context: KindContext) {
  return {
    bytesMax,
    claimSpace: context.claimSpace,
    onBytes: (received: number, totalBytes: number | null) => report(context, received, totalBytes),
    stallMs: context.storageStallMs,
    pacing: context.pacing,
  };
}

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
