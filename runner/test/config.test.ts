import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { testDirectory } from "./support/directory.ts";

const required = { REELWAY_URL: "http://127.0.0.1:8787/", RUNNER_REGION: "weur" };

function errorsOf(environment: Record<string, string>): Record<string, string> {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ReelwayError)
      return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]));
  }
  return {};
}

describe("readConfig", () => {
  it("needs a URL and a region; the rest has defaults", () => {
    const config = readConfig(required);
    expect(config).toMatchObject({ url: "http://127.0.0.1:8787", region: "weur", labels: [], drainGraceMs: 30_000 });
    expect(config.slots).toBeGreaterThanOrEqual(1);
    expect(config.scratchDirectory.startsWith(config.stateDirectory)).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("names every wrong variable and what it wants", () => {
    expect(errorsOf({ RUNNER_REGION: "mars", CONCURRENCY: "many", SCRATCH_MAX_BYTES: "1GB", LOG_LEVEL: "" })).toEqual({
      REELWAY_URL: expect.stringContaining("is required"),
      RUNNER_REGION: "must be one of enam, weur, apac",
      CONCURRENCY: expect.stringContaining("number"),
      SCRATCH_MAX_BYTES: "must be bytes, or a number with KiB, MiB, GiB or TiB",
    });
  });

  it("takes no password in the URL, where every log would show it", () => {
    expect(errorsOf({ ...required, REELWAY_URL: "https://ann:secret@example.com" })).toEqual({
      REELWAY_URL: "must not carry a name or password",
    });
  });

  it("reads sizes, labels and shares of the cores", () => {
    const config = readConfig({
      ...required,
      SCRATCH_MAX_BYTES: "2GiB",
      MULTIPART_THRESHOLD: "5242880",
      RUNNER_LABELS: "gpu, rack-2",
      FFMPEG_THREADS: "3",
      JOB_TIMEOUT: "90",
    });
    expect(config).toMatchObject({
      scratchMaxBytes: 2 * 1024 ** 3,
      multipartThresholdBytes: 5_242_880,
      labels: ["gpu", "rack-2"],
      threads: 3,
      jobTimeoutMs: 90_000,
    });
  });

  it("takes the registration token from a file, and says so when it can't", async () => {
    const path = join(await testDirectory(), "token");
    await writeFile(path, "rwr_secret\n");
    expect(readConfig({ ...required, REELWAY_REGISTRATION_TOKEN_FILE: path }).registrationToken).toBe("rwr_secret");
    const wrong = errorsOf({ ...required, REELWAY_REGISTRATION_TOKEN_FILE: `${path}.gone` });
    expect(wrong.REELWAY_REGISTRATION_TOKEN_FILE).toContain("can't be read");
  });
});
