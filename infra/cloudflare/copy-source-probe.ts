import { randomBytes } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { DeployFailure } from "./deploy-failure.ts";

export interface BucketAccess {
  /** The S3 endpoint, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type CopySourceAnswer = "refused" | "ignored" | "copied";

/**
 * Whether a presigned PUT can be turned into a copy by an `x-amz-copy-source` that was not signed. A storage that
 * copies would hand one tenant's bytes to whoever holds an upload URL and guesses a key.
 */
export async function probeCopySource(access: BucketAccess): Promise<CopySourceAnswer> {
  const client = new AwsClient({ ...access, service: "s3", region: "auto" });
  const folder = `probe/${randomBytes(16).toString("hex")}`;
  const address = (name: string) => `${access.endpoint}/${access.bucket}/${folder}/${name}`;
  const secret = randomBytes(32).toString("hex");
  const own = randomBytes(32).toString("hex");
  const signed = async (method: string, name: string, headers: Record<string, string> = {}) => {
    const url = new URL(address(name));
    url.searchParams.set("X-Amz-Expires", "60");
    return (await client.sign(url, { method, headers, aws: { signQuery: true, allHeaders: true } })).url;
  };
  try {
    const length = { "content-length": String(own.length) };
    const put = await fetch(await signed("PUT", "victim", length), { method: "PUT", body: secret });
    if (!put.ok)
      throw new DeployFailure(`${access.bucket} refused a plain presigned PUT (${put.status}): ${await put.text()}`);
    const attack = await fetch(await signed("PUT", "attacker", length), {
      method: "PUT",
      body: own,
      headers: { "x-amz-copy-source": `${access.bucket}/${folder}/victim` },
    });
    if (!attack.ok) return "refused";
    const got = await (await fetch(await signed("GET", "attacker"))).text();
    return got === secret ? "copied" : "ignored";
  } finally {
    for (const name of ["victim", "attacker"]) await fetch(await signed("DELETE", name), { method: "DELETE" });
  }
}
