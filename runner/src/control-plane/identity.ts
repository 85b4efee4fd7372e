import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { RunnerId } from "@reelway/shared/ids";
import { RegionId } from "@reelway/shared/regions";
import { z } from "zod";

/** Who this runner is: kept in STATE_DIR/runner.json, readable by its owner only (0600). */
export const Identity = z.object({
  url: z.string(),
  region: RegionId,
  runnerId: RunnerId,
  credential: z.string().min(1),
  /** The registration token that made it, as SHA-256: a runner that was revoked is not made anew by the same one. */
  tokenDigest: z.string().nullable().default(null),
});
export type Identity = z.infer<typeof Identity>;

/** The kept identity; null when there is none. @throws ReelwayError invalid_request when the file is not ours. */
export async function readIdentity(stateDirectory: string): Promise<Identity | null> {
  const path = join(stateDirectory, "runner.json");
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return Identity.parse(JSON.parse(text));
  } catch (error) {
    throw new ReelwayError("invalid_request", `${path} is damaged: remove it and register again`, { cause: error });
  }
}

/** Replaces the kept identity whole or not at all. */
export async function keepIdentity(stateDirectory: string, identity: Identity): Promise<void> {
  await writeWhole(join(stateDirectory, "runner.json"), `${JSON.stringify(identity, null, 2)}\n`);
}

export function digestOfToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** A random name of this installation, the same over restarts and registrations. */
export async function instanceOf(stateDirectory: string): Promise<string> {
  const path = join(stateDirectory, "instance");
  const kept = (await readFile(path, "utf8").catch(() => "")).trim();
  if (/^[0-9a-f]{16}$/.test(kept)) return kept;
  const instance = randomBytes(8).toString("hex");
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await writeWhole(path, `${instance}\n`);
  return instance;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
