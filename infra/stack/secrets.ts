import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile, writePrivateFile } from "./private-file.ts";

/** The Worker's secrets in this data directory, by the names that the Worker knows them by. */
const StackSecrets = z.object({
  BOOTSTRAP_TOKEN: z.string(),
  SIGNING_SECRET: z.string(),
  ENCRYPTION_SECRET: z.string(),
  R2_ACCESS_KEY_ID: z.string(),
  R2_SECRET_ACCESS_KEY: z.string(),
});
export type StackSecrets = z.infer<typeof StackSecrets>;

/** Reads the data directory's secrets, and makes those that it lacks (0600). To be called by the holder of the lock. */
export function ensureSecrets(dataDir: string): StackSecrets {
  const path = join(dataDir, "secrets.json");
  const known = readJsonFile(path, StackSecrets.partial());
  const secrets = StackSecrets.parse({
    BOOTSTRAP_TOKEN: random(),
    SIGNING_SECRET: random(),
    ENCRYPTION_SECRET: random(),
    // Our own and not wrangler.toml's: those are public, and with them anyone who reaches the port could read every bucket.
    R2_ACCESS_KEY_ID: randomBytes(16).toString("hex"),
    R2_SECRET_ACCESS_KEY: randomBytes(32).toString("hex"),
    ...known,
  });
  writePrivateFile(path, secrets);
  return secrets;
}

function random(): string {
  return randomBytes(32).toString("base64url");
}
