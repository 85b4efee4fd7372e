import { readFileSync } from "node:fs";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import type { FieldError } from "@reelway/shared/errors/reelway-error";

/** The settings that hold a secret: each may be given as a file instead, by `<NAME>_FILE`, as container secrets are. */
export const secretSettings = ["REELWAY_REGISTRATION_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS"] as const;

export interface WithSecrets {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly errors: FieldError[];
}

/** Puts the secrets that are given as files into the environment. One that is given itself wins over its file. */
export function readSecretFiles(environment: Readonly<Record<string, string | undefined>>): WithSecrets {
  const secrets: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const name of secretSettings) {
    const setting = `${name}_FILE`;
    const path = environment[setting];
    if (!path || environment[name]) continue;
    try {
      secrets[name] = readFileSync(path, "utf8").trim();
    } catch (error) {
      const reason = reasonOf(error);
      errors.push({ path: setting, message: `can't be read: ${reason}` });
    }
  }
  return { environment: { ...environment, ...secrets }, errors };
}
