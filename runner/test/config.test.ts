import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { secretSettings } from "../src/secret-files.ts";
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

  it("holds back for whole seconds, a day at most, and not at all unless told", () => {
    expect(readConfig(required).holdBackSeconds).toBe(0);
    expect(readConfig({ ...required, HOLD_BACK_SECONDS: "86400" }).holdBackSeconds).toBe(86_400);
    for (const wrong of ["86401", "-1", "1.5", "soon"])
      expect(Object.keys(errorsOf({ ...required, HOLD_BACK_SECONDS: wrong }))).toEqual(["HOLD_BACK_SECONDS"]);
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

  it("takes secrets from files, without the line's end; one that is set itself wins", async () => {
    const directory = await testDirectory();
    await writeFile(join(directory, "token"), "rwr_secret\n");
    await writeFile(join(directory, "headers"), "authorization=Bearer%20x\n");
    const files = {
      REELWAY_REGISTRATION_TOKEN_FILE: join(directory, "token"),
      OTEL_EXPORTER_OTLP_HEADERS_FILE: join(directory, "headers"),
    };
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.example.com" };
    expect(readConfig({ ...required, ...endpoint, ...files })).toMatchObject({
      registrationToken: "rwr_secret",
      otlp: { headers: { authorization: "Bearer x" } },
    });
    const direct = { REELWAY_REGISTRATION_TOKEN: "rwr_other" };
    expect(readConfig({ ...required, ...files, ...direct }).registrationToken).toBe("rwr_other");
  });

  it("names every secret's file that can't be read, beside what else is wrong", async () => {
    const gone = join(await testDirectory(), "gone");
    const files = Object.fromEntries(secretSettings.map((name) => [`${name}_FILE`, gone]));
    expect(errorsOf({ REELWAY_URL: required.REELWAY_URL, ...files })).toEqual({
      RUNNER_REGION: expect.stringContaining("is required"),
      REELWAY_REGISTRATION_TOKEN_FILE: expect.stringContaining("can't be read"),
      OTEL_EXPORTER_OTLP_HEADERS_FILE: expect.stringContaining("can't be read"),
    });
  });

  it("takes an empty file for a secret that is not set", async () => {
    const path = join(await testDirectory(), "token");
    await writeFile(path, "\n");
    expect(readConfig({ ...required, REELWAY_REGISTRATION_TOKEN_FILE: path }).registrationToken).toBeUndefined();
  });

  it("tells what is wrong inside a secret's file by the setting that it stands for, without showing it", async () => {
    const path = join(await testDirectory(), "headers");
    await writeFile(path, "a secret without a name");
    const errors = errorsOf({ ...required, OTEL_EXPORTER_OTLP_HEADERS_FILE: path });
    expect(errors.OTEL_EXPORTER_OTLP_HEADERS).toContain("must be name=value");
    expect(JSON.stringify(errors)).not.toContain("without a name");
  });
});
