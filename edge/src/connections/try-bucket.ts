import type { BucketAccess } from "@reelway/shared/contracts/grant";
import { withoutControls } from "@reelway/shared/contracts/text";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { guardUrl } from "@reelway/shared/net/url-guard";
import { AwsV4Signer } from "aws4fetch";
import type { Settings } from "../settings.ts";

/** Enough of a refusal to find its code and message. */
const REFUSAL_BYTES = 4_096;

/**
 * Lists one key of a tenant's own bucket: it is there, reachable, and these credentials are good for it. Throws
 * `connection_refused` with the store's reason.
 */
export async function tryBucket(settings: Settings, access: BucketAccess, prefix: string): Promise<void> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = access;
  // The rule may have become stricter since it was stored.
  const guarded = guardUrl(endpoint, settings.urlPolicy);
  if (guarded.refused !== undefined) throw new ReelwayError("connection_refused", `endpoint ${guarded.message}`);
  const url = new URL(`${endpoint}/${bucket}`);
  url.searchParams.set("list-type", "2");
  url.searchParams.set("max-keys", "1");
  if (prefix !== "") url.searchParams.set("prefix", prefix);
  const signer = new AwsV4Signer({ method: "GET", url: url.href, service: "s3", region, accessKeyId, secretAccessKey });
  const { url: signedUrl, headers } = await signer.sign();
  const answer = await ask(signedUrl, headers);
  if (answer.status !== 200) throw new ReelwayError("connection_refused", await reasonOf(answer));
  await answer.body?.cancel();
}

async function ask(url: URL, headers: Headers): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(limits.connectionTestMs);
    // A redirect would carry the signed request to another host.
    return await fetch(url, { headers, redirect: "manual", signal });
  } catch (cause) {
    throw new ReelwayError("connection_refused", "The endpoint did not answer", { cause });
  }
}

/** In the store's own words, where it answers as S3 does. */
async function reasonOf(answer: Response): Promise<string> {
  const body = await firstBytes(answer);
  const code = /<Code>(\w{1,60})<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]{1,200})/.exec(body)?.[1];
  const said = [code, message].filter((part) => part !== undefined).join(": ");
  return withoutControls(`The store answered ${answer.status}${said === "" ? "" : ` ${said}`}`);
}

async function firstBytes(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = answer.body?.getReader();
  while (reader && text.length < REFUSAL_BYTES) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || value === undefined) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel().catch(() => undefined);
  return text.slice(0, REFUSAL_BYTES);
}
