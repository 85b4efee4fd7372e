import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runOverMade } from "../../../src/kinds/stream/run-over-made.ts";
import { testBox } from "../../support/box.ts";
import { testDirectory } from "../../support/directory.ts";
import { testEngine } from "../../support/engine.ts";
import { failureOf } from "../run-kind.ts";

it("blames no source for a file of our own that is no media: another attempt may make it", async () => {
  const cwd = await testDirectory();
  await writeFile(
    join(cwd, "encoded-1.mp4"),
    Buffer.from("\0\0\0\x18ftypisom\0\0\0\x01isommp42\0\0\0\x08mdat", "latin1"),
  );
  const scope = {
    ...{ engine: await testEngine(), box: await testBox([cwd]), cwd, reads: [], writes: [cwd], hidePaths: [cwd] },
    ...{ signal: new AbortController().signal, onProcessGroup: () => {} },
  };
  const place = ["--first-segment", "1", "--base-time", "0/1", "--segment-duration", "4"];
  const command = [
    "package",
    "--chunk",
    "--report",
    "report.json",
    ...place,
    "-o",
    "segments",
    "encoded-1.mp4",
  ] as const;
  const error = await failureOf(runOverMade(scope, command, 10_000));
  expect(error).toMatchObject({ code: "output_invalid", retryable: true });
  expect(error.detail).toContain("no moov");
  expect(error.program?.command).toContain("encoded-1.mp4");
});
